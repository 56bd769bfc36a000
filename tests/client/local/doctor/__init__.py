"""Tests of `callboard doctor`."""
