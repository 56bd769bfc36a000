"""The board's contract: everything at a glance, once or live."""
