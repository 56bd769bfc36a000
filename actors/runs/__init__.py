"""Runs: the one way in which a job, a build or a project's run goes from queued to its end."""
