"""Tests of the sandbox: its walls, its levels, its bridge, its watchdog."""
