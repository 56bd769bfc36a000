"""Tests of the generator that asks no model."""
