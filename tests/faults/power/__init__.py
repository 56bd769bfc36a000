"""Simulated power loss: a real server's calls are recorded, and what had not reached the disk is dropped."""
