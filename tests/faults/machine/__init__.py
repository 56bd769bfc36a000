"""A machine that fails on order: a small disk, system calls that fail or wait, a clock that jumps."""
