"""Tests of a whole server in a process of its own, over its sockets."""
