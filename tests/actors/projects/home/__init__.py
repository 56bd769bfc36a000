"""Tests of what all projects share."""
