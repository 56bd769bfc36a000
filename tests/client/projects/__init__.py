"""The commands for projects."""
