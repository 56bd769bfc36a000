"""Tests of the versions of projects."""
