"""The contract of the builder agent: an orchestrator asks for a build and is told how it goes."""
