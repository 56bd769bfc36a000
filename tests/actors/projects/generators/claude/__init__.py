"""Tests of the generator that talks to Claude."""
