"""Faults, each of which an alert is for: brought about on a server that runs, for the time of a block."""
