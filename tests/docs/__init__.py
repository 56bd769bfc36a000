"""Tests of the docs: what they say is what the code does, and what they show works when it is typed."""
