"""Tests of the generators of projects."""
