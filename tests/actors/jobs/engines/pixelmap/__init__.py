"""Tests of the `pixelmap` engine."""
