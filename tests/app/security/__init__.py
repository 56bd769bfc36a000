"""Tests of who may do what, part by part; the policy as a whole is in `tests/app/test_security.py`."""
