"""Tests of `callboard torture`."""
