"""Bounds on what is asked of projects: how much at once, and how much of the disk."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.usage import disk_usage
from actors.runtime.errors import Busy, TooLarge

LOOK_AFTER_BYTES = 16 * 2**20
"""Bytes that may be written before what a project holds is measured again."""

LOOK_AFTER_CALLS = 50
"""And how often something may be written before that."""


class AtOnce:
    """What is asked of all projects at once, and of each of them.

    Args:
        limit: Of all together.
        each: Of one.
    """

    def __init__(self, limit: int, each: int) -> None:
        self._limit = limit
        self._each = each
        self._users: Counter[str] = Counter()

    @contextmanager
    def one(self, project_id: str) -> Iterator[None]:
        """Be one of them, for the length of a block.

        Raises:
            Busy: There are too many.
        """
        here, everywhere = self._users[project_id], sum(self._users.values())
        if here >= self._each or everywhere >= self._limit:
            raise Busy(
                f"{here} tools are at work on {project_id} now, and {everywhere} on all projects together.",
                hint="Try again when one of them is done.",
            )
        self._users[project_id] += 1
        try:
            yield
        finally:
            self._users[project_id] -= 1
            self._users += Counter()  # forgets those that are not used


class Quota:
    """How much of the disk an app may take, for what is written without a program whose use is watched.

    Args:
        app: The app's directory.
        limits: Its bytes and files on the disk.
    """

    def __init__(self, app: Path, limits: TreeLimits) -> None:
        self._app = app
        self._limits = limits
        self._calls = LOOK_AFTER_CALLS
        self._written = 0

    async def check(self, coming: int, limiter: trio.CapacityLimiter) -> None:
        """See now and then that there is room.

        Args:
            coming: Bytes that are about to be written.
            limiter: For threads.

        Raises:
            TooLarge: The app takes more than it may.
        """
        self._calls += 1
        self._written += coming
        if self._calls < LOOK_AFTER_CALLS and self._written < LOOK_AFTER_BYTES:
            return
        most_bytes, most_files = self._limits.disk or float("inf"), self._limits.files or float("inf")
        used = await trio.to_thread.run_sync(disk_usage, [self._app], most_bytes, most_files, limiter=limiter)
        if used.size + coming > most_bytes or used.files >= most_files:
            may = f"{most_bytes:g} in {most_files:g}"
            raise TooLarge(
                f"the app takes {used.size} bytes in {used.files} files, and may take {may}",
                hint="Remove what is not needed, such as a build's output, with run_command (rm).",
            )
        self._calls = self._written = 0
