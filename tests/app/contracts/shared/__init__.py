"""Tests of the contract of shared models."""
