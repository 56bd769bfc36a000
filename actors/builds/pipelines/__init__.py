"""The pipelines: ways to make an app from a prompt."""
