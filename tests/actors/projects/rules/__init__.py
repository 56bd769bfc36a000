"""Tests of the rules of commands."""
