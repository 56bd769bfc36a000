"""Tests of process trees, their output and their directories."""
