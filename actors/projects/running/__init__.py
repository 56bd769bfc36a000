"""Runs a project's commands and installs, confined; and keeps what they print."""
