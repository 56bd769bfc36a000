"""Tests of actors/jobs."""
