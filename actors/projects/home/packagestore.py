"""The store of packages: who may write to it, and how large it gets."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio

from actors.processes.removal import remove_tree
from actors.processes.sandbox.usage import disk_usage
from actors.runtime.threads import NoThread, in_thread

logger = logging.getLogger(__name__)

PERIOD = 600.0
"""Seconds between two looks at its size, when something was installed."""

MAX_FILES = 2_000_000


class PackageStore:
    """The store: installs share it, a bounded number at once; it is emptied while none runs.

    Args:
        directory: Where it is.
        limit: Bytes on disk that it may hold.
        installs: Installs at once.
    """

    def __init__(self, directory: Path, limit: int, installs: int) -> None:
        self.directory = directory
        self._limit = limit
        self._installs = installs
        self._free = trio.Semaphore(installs)
        self._emptying = trio.Lock()
        self._used = trio.Event()
        self._used.set()

    @property
    def busy(self) -> bool:
        """Whether an install would have to wait."""
        return self._free.value == 0

    @asynccontextmanager
    async def installing(self) -> AsyncIterator[Path]:
        """Wait for a turn to install, and hold it."""
        async with self._free:
            try:
                yield self.directory
            finally:
                self._used.set()

    async def keep(self) -> None:
        """Look at its size now and then, when something was installed, and empty it when it is too large."""
        while True:
            await self._used.wait()
            self._used = trio.Event()
            try:
                await self.tidy()
            except (OSError, NoThread) as error:
                logger.warning("The store of packages cannot be looked after: %s", error)
                self._used.set()
            except trio.Cancelled:
                # The next life of who keeps it would else know of nothing to look at.
                self._used.set()
                raise
            await trio.sleep(PERIOD)

    async def tidy(self) -> bool:
        """Empty the store when it is too large; return whether it was.

        All of it goes: packages are copied out of it, so that nothing tells which of them are still wanted, and what is
        wanted is fetched again.
        """
        await in_thread(self._remove_old)
        count = partial(disk_usage, [self.directory], self._limit, MAX_FILES)
        usage = await in_thread(count, abandon_on_cancel=True)
        if usage.whole and usage.size <= self._limit and usage.files <= MAX_FILES:
            return False
        logger.info("The store of packages is over %d MB, and is emptied", self._limit // 2**20)
        await self._empty()
        return True

    async def _empty(self) -> None:
        """Put an empty store in its place, while nobody installs, and remove the old one."""
        turns = 0
        async with self._emptying:
            try:
                for _ in range(self._installs):
                    await self._free.acquire()
                    turns += 1
                await in_thread(self._replace)
            finally:
                for _ in range(turns):
                    self._free.release()
        await in_thread(self._remove_old)

    def _replace(self) -> None:
        """Put an empty one in its place, or leave all as it was: installs have to find one. Blocks."""
        old = self.directory.with_name(f"{self.directory.name}.old-{secrets.token_hex(4)}")
        new = old.with_name(f"{old.name}.new")
        new.mkdir(mode=0o700)
        self.directory.rename(old)
        try:
            new.rename(self.directory)
        except OSError:
            old.rename(self.directory)
            raise

    def _remove_old(self) -> None:
        """Remove stores that were moved aside. Blocks."""
        for old in self.directory.parent.glob(f"{self.directory.name}.old-*"):
            remove_tree(old)
