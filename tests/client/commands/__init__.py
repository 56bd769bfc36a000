"""Tests of the commands, against a stand-in server."""
