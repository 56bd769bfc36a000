"""Tests of what is handed out: the wheel as people install it, and the files in `deploy/`."""
