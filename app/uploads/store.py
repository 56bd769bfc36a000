"""Where an upload is on disk while it arrives: a directory of its own, which is either handed on or removed."""

import errno
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import trio

from actors.runtime.errors import CallboardError, StorageFailed, StorageFull

T = TypeVar("T")

SUFFIX: Final = ".partial"
"""How the name of a directory ends that nobody has accepted yet; the sweep at boot removes those."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_EXTENSIONS: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/tiff": ".tif"}
_CLEANUP_SECONDS: Final = 30.0


class IncomingFile:
    """One file that is being written, in batches, by worker threads.

    Args:
        path: Where; it must not exist.
        batch: Bytes that are collected for one write.
        limiter: Of the threads.
    """

    def __init__(self, path: Path, batch: int, limiter: trio.CapacityLimiter) -> None:
        self.path = path
        self.size = 0
        self._batch = batch
        self._limiter = limiter
        self._chunks: list[bytes] = []
        self._waiting = 0
        self._descriptor = -1

    async def add(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            StorageFull: The disk is full.
            StorageFailed: The disk does not work.
        """
        self._chunks.append(data)
        self._waiting += len(data)
        self.size += len(data)
        if self._waiting >= self._batch:
            await self.flush()

    async def flush(self) -> None:
        """Write what was collected; see `add`."""
        chunks, self._chunks, self._waiting = self._chunks, [], 0
        await in_thread(self._limiter, self._write, chunks)

    async def settle(self, media_type: str) -> None:
        """Make what was written durable, under a name with the right extension; see `add`."""
        await in_thread(self._limiter, self._settle, _EXTENSIONS.get(media_type, ".bin"))

    def discard(self) -> None:
        """Remove it, as far as it is there; blocks."""
        self.close()
        with suppress(OSError):
            self.path.unlink()

    def close(self) -> None:
        """Let go of the descriptor. Harmless when that is done."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with suppress(OSError):
                os.close(descriptor)

    def _write(self, chunks: list[bytes]) -> None:
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        rest = memoryview(b"".join(chunks))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _settle(self, extension: str) -> None:
        os.fsync(self._descriptor)
        self.close()
        self.path = self.path.rename(self.path.with_suffix(extension))


class Incoming:
    """The directory of one upload.

    Args:
        directory: Where it is.
        batch: Bytes that are collected for one write.
        limiter: Of the threads that write.
    """

    def __init__(self, directory: Path, batch: int, limiter: trio.CapacityLimiter) -> None:
        self.directory = directory
        self._batch = batch
        self._limiter = limiter
        self._files: list[IncomingFile] = []

    def create(self) -> IncomingFile:
        """Begin the next file, under a name of our own."""
        path = self.directory / f"{len(self._files) + 1:04d}.bin"
        self._files.append(IncomingFile(path, self._batch, self._limiter))
        return self._files[-1]

    async def sync(self) -> None:
        """Make the directory's entries durable; see `IncomingFile.add`."""
        await in_thread(self._limiter, _sync_directory, self.directory)

    def remove(self) -> None:
        """Remove all of it, if it is still there."""
        for file in self._files:
            file.close()
        shutil.rmtree(self.directory, ignore_errors=True)


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
        await in_thread(self._limiter, self._make_root)
        usage = await in_thread(self._limiter, shutil.disk_usage, self._root)
        if usage.free < size:
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
                await trio.to_thread.run_sync(incoming.remove)
                await self._remove_left(directory)

    async def _remove_left(self, directory: Path) -> None:
        """Remove what could not be removed earlier, such as for want of descriptors; what cannot be now is kept."""
        left, self._left = [*self._left, directory], []
        self._left += await trio.to_thread.run_sync(_remove_all, left)

    def _make_root(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _make(self, directory: Path) -> None:
        self._make_root()
        directory.mkdir(mode=0o700)


async def in_thread(limiter: trio.CapacityLimiter, work: Callable[..., T], *args: object) -> T:
    """Run file operations in a worker thread, and name their failures.

    Raises:
        StorageFull: The disk is full.
        StorageFailed: The disk does not work.
    """
    try:
        return await trio.to_thread.run_sync(partial(work, *args), limiter=limiter)
    except OSError as error:
        raise _named(error) from error


def storage_full() -> StorageFull:
    """The error for a full disk."""
    return StorageFull("The server's disk has no room for this upload.", hint="Remove jobs, or tell the operator.")


def _named(error: OSError) -> CallboardError:
    if error.errno in _FULL:
        return storage_full()
    return StorageFailed(
        f"The upload could not be written to the server's disk ({error.strerror}).", hint="Tell the operator."
    )


def _remove_all(directories: list[Path]) -> list[Path]:
    """Remove directories, and return those that are still there; blocks."""
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)
    return [directory for directory in directories if directory.exists()]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
