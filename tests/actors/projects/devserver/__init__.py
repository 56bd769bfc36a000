"""Tests of dev servers."""
