"""Builds over the wire: a real server, a stand-in for the orchestrator, and commands that are really run."""
