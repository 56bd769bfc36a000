"""Tests of the upload."""
