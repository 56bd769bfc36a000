"""Tests of the listener, the broadcaster and the seam to hypercorn."""
