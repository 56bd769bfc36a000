"""The Khronos validator, as a check that tests can call."""
