"""Keeps the C library from holding memory for each thread apart.

glibc gives up to eight heaps ("arenas") for each core to the threads of a process, and each keeps what it once needed
at the most. The server's threads do all the same kinds of work, in turns, so that each heap grows to what the largest
piece of work takes: docs/discussion/load.md has what that was. Python's own objects are not in these heaps but in one
of their own, so that its threads hardly wait for each other.
"""

import ctypes
import os
from typing import Final

ARENAS: Final = 2
"""Heaps of the C library, for all threads together."""

_M_ARENA_MAX: Final = -8
"""Of `malloc.h`; see mallopt(3)."""


def limit_arenas() -> bool:
    """Limit the heaps of this process, before it has threads.

    Returns:
        False where the operator has decided, or the C library knows no such limit.
    """
    if "MALLOC_ARENA_MAX" in os.environ or "glibc.malloc.arena_max" in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, ARENAS))
