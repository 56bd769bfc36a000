"""Owned process trees, the lines that they print, and the directories that actors work in."""
