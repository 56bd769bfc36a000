"""Starters: the files that an app begins with, in a folder for each, and what makes them a named app."""
