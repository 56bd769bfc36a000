"""Traces, with a collector that stands in."""
