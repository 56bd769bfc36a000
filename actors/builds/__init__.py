"""Builds: an orchestrator has an app built, and is told what happens as it happens."""
