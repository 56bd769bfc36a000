"""Attacks on the sandbox: what a hostile program tries, at each level, with its walls and without them."""
