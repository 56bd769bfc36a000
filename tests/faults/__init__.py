"""Tests of what must survive: kills, floods, cancels, and a disk that is looked at system call by system call."""
