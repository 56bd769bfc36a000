"""Tests of uploads that survive a dropped connection."""
