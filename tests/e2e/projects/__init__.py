"""Tests of whole projects."""
