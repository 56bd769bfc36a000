"""The board: every job, build and project at a glance, as a row each."""
