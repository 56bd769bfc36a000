"""Tests of the image checker."""
