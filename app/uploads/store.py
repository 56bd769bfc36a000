"""Where an upload is on disk while it arrives: a directory of its own, which is either handed on or removed."""

import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

import trio

from app.uploads.incoming import Incoming, IncomingFile, in_thread, storage_full

T = TypeVar("T")

SUFFIX: Final = ".partial"
"""How the name of a directory ends that nobody has accepted yet; the sweep at boot removes those."""

_CLEANUP_SECONDS: Final = 30.0


def _nothing() -> None:
    """Nothing is open."""


class Store:
    """Where uploads arrive.

    Args:
        root: The directory that holds one for each; it is made when it is not there.
        batch: Bytes that are collected for one write.
        threads: Threads that may write at once, for all uploads.
    """

    def __init__(self, root: Path, *, batch: int = 1 << 19, threads: int = 4) -> None:
        self._root = root
        self._batch = batch
        self._limiter = trio.CapacityLimiter(threads)
        self._left: list[Path] = []  # what could not be removed yet

    @property
    def root(self) -> Path:
        """The directory that holds them."""
        return self._root

    def new_file(self, path: Path) -> IncomingFile:
        """A file that is to be written."""
        return IncomingFile(path, self._batch, self._limiter)

    async def run(self, work: Callable[[], T]) -> T:
        """Run file operations in a worker thread; see `in_thread`."""
        return await in_thread(self._limiter, work)

    async def check_room(self, size: int) -> None:
        """Find out before anything is sent whether there is room.

        Raises:
            StorageFull: There is not.
        """
        if await in_thread(self._limiter, self._free) < size:
            raise storage_full()

    @asynccontextmanager
    async def open_incoming(self) -> AsyncIterator[Incoming]:
        """A directory for one upload. When the context is left, what nobody has moved away is removed."""
        directory = self._root / f"{secrets.token_hex(8)}{SUFFIX}"
        incoming = Incoming(directory, self._batch, self._limiter)
        try:
            await in_thread(self._limiter, self._make, directory)
            yield incoming
        finally:
            with trio.move_on_after(_CLEANUP_SECONDS, shield=True):
                # Not behind the limiter: room is made on a full disk even when all writers wait for it.
                await self.remove(directory, incoming.close)

    async def remove(self, directory: Path, close: Callable[[], None] = _nothing) -> None:
        """Remove a directory, and those that could not be removed earlier, such as for want of descriptors.

        What cannot be removed now is kept for the next time. It does not wait for the threads that write.

        Args:
            directory: What is to be removed, as far as it is still there.
            close: Lets go of what is open in it, in the same thread.
        """
        left, self._left = [*self._left, directory], []
        try:
            left = await trio.to_thread.run_sync(_remove_all, left, close)
        finally:
            self._left += left  # all of them, where there was not even a thread

    def _free(self) -> int:
        self._make_root()
        return shutil.disk_usage(self._root).free

    def _make_root(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _make(self, directory: Path) -> None:
        self._make_root()
        directory.mkdir(mode=0o700)


def _remove_all(directories: list[Path], close: Callable[[], None]) -> list[Path]:
    """Let go of what is open, remove directories, and return those that are still there; blocks."""
    close()
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)
    return [directory for directory in directories if directory.exists()]
