"""The files for monitoring, tried with the real programs."""
