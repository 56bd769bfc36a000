"""Tests of the house itself: the locks, the wheel, the top-level script, the changelog and the docs."""
