"""From what a pipeline made to a workspace that an orchestrator can start."""
