"""Tests that each check finds what it looks for."""
