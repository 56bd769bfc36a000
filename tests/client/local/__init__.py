"""Tests of the commands that run the server in place."""
