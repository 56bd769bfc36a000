"""The contract of shared models: a link with which anybody sees one model, for a while."""
