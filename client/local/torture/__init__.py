"""`callboard torture`: ends a server with `kill -9` again and again, and checks that nothing is lost and nothing left.

The checks are pure functions over what was recorded (`checks/`), so that each can be shown to find what it looks for.
"""
