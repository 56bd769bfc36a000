"""The levels that this machine offers, found once, before the tests are collected."""

from functools import lru_cache

import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.levels import Finding, find_level
from actors.processes.sandbox.watchdog import Watchdog
from tests.attacks.attempt import spawn


@lru_cache(maxsize=1)
def finding() -> Finding:
    """Return what is found on this machine; level L3 is L2 with control groups, and not tried for itself."""

    async def find() -> Finding:
        watchdog = Watchdog()
        async with trio.open_nursery() as nursery:
            await nursery.start(watchdog.run)
            found = await find_level(spawn, watchdog, highest=Level.L2)
            nursery.cancel_scope.cancel()
        return found

    return trio.run(find)


def levels() -> list[Level]:
    """Return the levels to test at, the best one first."""
    best = finding().level
    landlock = [] if best < Level.L1 else [Level.L1]
    return [*([Level.L2] if best >= Level.L2 else []), *landlock, Level.L0]
