"""What a process tree may do: the place for sandbox levels.

The level that is here: resource limits (`limits`), no way to gain privileges, an environment from an allow-list
(`actors.processes.environment`), and a reaper that outlives none of it (`actors.processes.reaper`). It keeps a tree
from running the machine dry and from staying behind; it does not keep it from reading what its user can read.
"""
