"""Owned process trees, the lines that they print, and the directories that actors work in.

- `tree`: `open_tree` starts a program that ends with its `async with`, and with the server, whatever it does;
  `environment`, `sandbox.limits`: what it gets and may use; `sweep`: what a dead server left, at boot.
- `lines`, `bounded_log`: what it prints, as lines and on disk, bounded.
- `paths`, `workdir`, `removal`: names and paths from outside, directories opened only beneath their root, and removed.

Behind `tree` are `launch`, `pipes`, `records` and `exits`; `run_reaper`, `reaper`, `child` and `table` are the small
program that owns each tree. Linux only.
"""
