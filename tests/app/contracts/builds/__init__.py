"""Tests of the builder contract over HTTP."""
