"""The routes of projects."""
