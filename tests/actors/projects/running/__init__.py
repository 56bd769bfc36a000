"""Tests of running commands and installs."""
