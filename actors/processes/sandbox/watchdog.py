"""The watchdog: ends a tree that uses more than its `TreeLimits`, as far as the kernel does not keep them itself.

It looks at all trees every `INTERVAL`, and longer when looking takes long: at most a small part of one processor. What
a tree takes between two looks is over its limit; each single process is held by the kernel besides (`Limits`). The
outcome is always the same: the tree is killed, and `Watch.overrun` says what was over.

Directories are counted when the file system has lost so much free space, or so many inodes, that the tree could be
over; and anyway as often as that costs little, since others may free what this tree takes: what is free then stays as
it was.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Optional

import trio

from actors.processes.environment import owner_of
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.usage import TreeUsage, devices_of, disk_usage, free_space, removed_usage, trees_usage
from actors.processes.tree import Tree
from actors.runtime.context import work_for
from actors.runtime.threads import NoThread, in_thread

logger = logging.getLogger(__name__)

INTERVAL = 0.1
SHARE = 20
"""Looking takes at most one part in so many of the time."""

MAX_PAUSE = 1.0
RECOUNT, RECOUNT_LEAST = 60.0, 2.0
"""Seconds between two counts of a directory when nothing seems to happen: at most, and at least."""

RECOUNT_SHARE = 200
"""Such counts take at most one part in so many of the time, unless that would be less than one every `RECOUNT`."""

COUNTERS = 2
"""Directories that are counted at once."""


OVERHEAD = 4
"""Processes that the sandbox itself may have in a tree."""


@dataclass(frozen=True)
class Overrun:
    """What a tree had too much of.

    Attributes:
        what: `memory`, `disk`, `files`, `processes` or `seconds`.
        used: How much there was when it was found.
        limit: How much there may be.
    """

    what: str
    used: float
    limit: float

    def __str__(self) -> str:
        """Return what a person wants to know."""
        if self.what in ("memory", "disk"):
            return f"it used {self.used / 2**20:.0f} MB of {self.what}, and may use {self.limit / 2**20:.0f} MB"
        if self.what == "seconds":
            return f"it ran for {self.limit:g} seconds, which is as long as it may"
        return f"it had {self.used:.0f} {self.what}, and may have {self.limit:.0f}"


class Watch:
    """One tree under watch. Made by `Watchdog.watching`.

    Args:
        tree: The tree.
        own: The directories that it may write.
        limits: What it may use.
        tried: Whether it is run to be ended, as a canary is.
    """

    def __init__(self, tree: Tree, own: Sequence[Path], limits: TreeLimits, *, tried: bool = False) -> None:
        self.tree = tree
        self.tried = tried
        self.limits = limits
        self.usage = TreeUsage(0, 0, ())
        self.size = 0
        self.files = 0.0
        self.overrun: Optional[Overrun] = None
        self.counting = False
        self._own = tuple(own)
        self._deadline = inf if limits.seconds is None else trio.current_time() + limits.seconds
        self._free = (inf, inf)
        self._next_count = 0.0
        self._not_before = 0.0

    @property
    def exact_from(self) -> int:
        """The memory from where on an exact count is needed."""
        return 2**63 if self.limits.memory is None else self.limits.memory

    def take(self, usage: TreeUsage) -> None:
        """Take in what the tree uses now."""
        self.usage = usage
        self.compare("memory", usage.memory, self.limits.memory)
        self.compare("processes", usage.processes - OVERHEAD, self.limits.processes)
        if trio.current_time() >= self._deadline:
            self.compare("seconds", inf, self.limits.seconds)

    def compare(self, what: str, used: float, limit: Optional[float]) -> None:
        """Note what is over its limit; the first counts."""
        if self.overrun is None and limit is not None and used > limit:
            self.overrun = Overrun(what, used, limit)

    def must_count(self, free: tuple[float, float]) -> bool:
        """Whether the directories may be over their limits by now, judged by the free space."""
        now = trio.current_time()
        if self.counting or now < self._not_before or (self.limits.disk is None and self.limits.files is None):
            return False
        lost_bytes, lost_files = self._free[0] - free[0], self._free[1] - free[1]
        over = self.size + lost_bytes > (self.limits.disk or inf) or self.files + lost_files > (
            self.limits.files or inf
        )
        return over or now >= self._next_count

    def free(self) -> tuple[int, int]:
        """Return what is free where it may write."""
        return free_space(self._own)

    async def count(self, limiter: trio.CapacityLimiter) -> None:
        """Count what is in the directories, and in files that were removed while open."""
        begun = trio.current_time()
        self.counting = True
        try:
            count = partial(self._count, self.usage.pids)
            free, size, files = await in_thread(count, limiter=limiter, abandon_on_cancel=True)
        finally:
            self.counting = False
        self._free, self.size, self.files = free, size, files
        self.compare("disk", size, self.limits.disk)
        self.compare("files", files, self.limits.files)
        now = trio.current_time()
        self._not_before = now + (now - begun) * SHARE
        self._next_count = now + recount_after(now - begun)

    def _count(self, pids: tuple[int, ...]) -> tuple[tuple[int, int], int, float]:
        """Return what was free before, and the bytes and files that are there; all in a thread."""
        free = free_space(self._own)
        found = disk_usage(self._own, self.limits.disk or inf, self.limits.files or inf)
        size = found.size + removed_usage(pids, devices_of(self._own))
        honest = found.whole or size > (self.limits.disk or inf)
        return free, size, found.files if honest else inf


def recount_after(spent: float) -> float:
    """Return in how many seconds a directory is counted again when nothing seems to happen.

    Args:
        spent: Seconds that the last count took.
    """
    return min(RECOUNT, max(RECOUNT_LEAST, spent * RECOUNT_SHARE))


class Watchdog:
    """Watches all confined trees of a server; permanent, beside them."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._wake = trio.Event()
        self._limiter = trio.CapacityLimiter(COUNTERS)
        self._running = False
        self._blind = False

    @contextmanager
    def watching(self, tree: Tree, own: Sequence[Path], limits: TreeLimits, *, tried: bool = False) -> Iterator[Watch]:
        """Watch a tree for as long as the context is open.

        Args:
            tree: The tree.
            own: The directories that it may write.
            limits: What it may use.
            tried: Whether it is run to be ended, as a canary is: then its end is no news.

        Raises:
            RuntimeError: Nobody watches: `run` was not started. (While a supervisor starts it anew, it counts.)
        """
        if not self._running:
            raise RuntimeError("the watchdog does not run: start Watchdog.run before a confined tree")
        watch = Watch(tree, own, limits, tried=tried)
        self._watches.add(watch)
        self._wake.set()
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Look at all trees until cancelled; without any it sleeps."""
        async with trio.open_nursery() as nursery:
            self._running = True
            task_status.started()
            while True:
                if not self._watches:
                    self._wake = trio.Event()
                    await self._wake.wait()
                begun = trio.current_time()
                await self._look(nursery)
                spent = trio.current_time() - begun
                await trio.sleep(min(max(INTERVAL, spent * SHARE), MAX_PAUSE))

    async def _look(self, nursery: trio.Nursery) -> None:
        """Look at each tree once, and end or count what must be."""
        watches = [watch for watch in self._watches if watch.overrun is None]
        try:
            free = await in_thread(partial(_look_at, watches), abandon_on_cancel=True)
        except (OSError, NoThread) as error:
            # Out of descriptors or threads, most likely, which passes: ending with it would end all that is watched.
            if not self._blind:
                logger.warning("trees cannot be looked at for now: %s", error)
            self._blind = True
            return
        self._blind = False
        for watch, (usage, left) in zip(watches, free):
            watch.take(usage)
            if watch.overrun is not None:
                nursery.start_soon(self._end, watch)
            elif watch.must_count(left):
                watch.counting = True
                nursery.start_soon(self._count, watch)

    async def _count(self, watch: Watch) -> None:
        """Count a tree's directories, and end the tree when they hold too much."""
        # For want of a thread it is counted later: it counts as not counted.
        with suppress(NoThread):
            await watch.count(self._limiter)
        if watch.overrun is not None and watch in self._watches:
            await self._end(watch)

    async def _end(self, watch: Watch) -> None:
        """Kill a tree."""
        level = logging.DEBUG if watch.tried else logging.INFO
        work_for(owner_of(watch.tree.marker))
        logger.log(level, "The tree %s is ended: %s", watch.tree.marker, watch.overrun, extra=watch.tree.about)
        await watch.tree.stop(grace=0)


def _look_at(watches: Sequence[Watch]) -> list[tuple[TreeUsage, tuple[int, int]]]:
    """Return what each tree uses, and what is free where it writes; all in a thread."""
    usages = trees_usage((watch.tree.reaper_pid, watch.exact_from) for watch in watches)
    return [(usage, watch.free()) for watch, usage in zip(watches, usages)]
