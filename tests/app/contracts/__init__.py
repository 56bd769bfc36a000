"""Tests of the contracts' routes, on a whole server."""
