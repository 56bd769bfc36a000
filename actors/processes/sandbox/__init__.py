"""Keeps programs in: what they may see, reach and use.

- `confinement`: the walls around one program, and the levels; `limits`: what it may use.
- `levels`: `find_level` finds the best level of this machine by canaries, at boot.
- `opening`: `Sandbox.open` starts a program confined and owns its tree; `watchdog`: ends it when it uses too much.
- `confine`: makes the command, of `bubblewrap` (L2 up) or `landlock` (L1), and `filter` for system calls.

Behind them are `tools` (what this machine has), `usage` (what trees and directories hold), `groups` (control groups,
L3), `canaries`, and `inside`: the programs that run behind the walls. `etc` holds what stands there for /etc.

Without any of it a tree still has resource limits, no way to gain privileges, an environment from an allow-list
(`actors.processes.environment`), and a reaper that leaves none of it behind (`actors.processes.reaper`).
"""
