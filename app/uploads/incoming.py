"""The files of uploads on disk: written in batches by worker threads, and made durable many at a time."""

import ctypes
import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar, Union

import trio

from actors.processes.workdir import fsync_directory
from actors.runtime.errors import Busy, CallboardError, StorageFailed, StorageFull

T = TypeVar("T")
Data = Union[bytes, bytearray]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SHORT: Final = frozenset({errno.EMFILE, errno.ENFILE})
_EXTENSIONS: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/tiff": ".tif"}
_UNKNOWN: Final = ".bin"
_BEGINNINGS: Final = ((b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n", ".png"), (b"II*\0", ".tif"), (b"MM\0*", ".tif"))
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_SMALL: Final = 16 * 1024
"""Bytes; pieces that are smaller on the average are put together for one write."""

_OPEN_AT_ONCE: Final = 64
"""Files that one thread has open while it makes them durable."""

_SYNC_FILE_RANGE_WRITE: Final = 2


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
        self.waiting = 0
        """Bytes that are collected and not written."""
        self._batch = batch
        self._limiter = limiter
        self._chunks: list[Data] = []
        self._descriptor = -1

    def collect(self, data: Data) -> None:
        """Take the next bytes; they are in memory only, and nobody may change them any more."""
        self._chunks.append(data)
        self.waiting += len(data)
        self.size += len(data)

    async def add(self, data: Data) -> None:
        """Take the next bytes, and write what was collected when that is enough.

        Raises:
            StorageFull: The disk is full.
            StorageFailed: The disk does not work.
        """
        self.collect(data)
        if self.waiting >= self._batch:
            await self.flush()

    async def flush(self) -> None:
        """Write what was collected; see `add`."""
        await in_thread(self._limiter, self.write, self.take())

    async def settle(self, media_type: str) -> None:
        """Make what was written durable, under a name with the right extension; see `add`."""
        await in_thread(self._limiter, _settle_all, [(self, media_type)])

    def take(self) -> list[Data]:
        """Hand out what was collected, for `write`."""
        chunks, self._chunks, self.waiting = self._chunks, [], 0
        return chunks

    def write(self, chunks: Sequence[Data], last: bool = False) -> None:
        """Write; blocks.

        Args:
            chunks: What `take` gave.
            last: The file is complete, and need not stay open.
        """
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, _NEW, 0o600)
        together = sum(map(len, chunks)) < _SMALL * len(chunks)
        for chunk in [b"".join(chunks)] if together else chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        if last:
            self.close()

    def begin_settling(self, media_type: str, start: bool) -> None:
        """Give it its name, and have it open; blocks.

        Args:
            media_type: What it is.
            start: Have the disk begin, without waiting for it.
        """
        extension = _EXTENSIONS.get(media_type, _UNKNOWN)
        if self.path.suffix != extension:
            self.path = self.path.rename(self.path.with_suffix(extension))
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        if start:
            # It says nothing of how that goes: fsync does.
            _libc().sync_file_range(self._descriptor, 0, 0, _SYNC_FILE_RANGE_WRITE)

    def sync(self) -> None:
        """Wait until what was written is on the disk; blocks."""
        os.fsync(self._descriptor)

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


class Incoming:
    """The directory of one upload.

    Args:
        directory: Where it is.
        batch: Bytes that are collected for one write.
        limiter: Of the threads that write.
    """

    def __init__(self, directory: Path, batch: int, limiter: trio.CapacityLimiter) -> None:
        self.directory = directory
        self.batch = batch
        self._limiter = limiter
        self._files: list[IncomingFile] = []

    def create(self, beginning: Data) -> IncomingFile:
        """Begin the next file, under a name of our own.

        Args:
            beginning: Its first bytes. What they look like is its extension, until `settle` knows better.
        """
        path = self.directory / f"{len(self._files) + 1:04d}{_guess(beginning)}"
        self._files.append(IncomingFile(path, self.batch, self._limiter))
        return self._files[-1]

    async def write(self, files: Sequence[IncomingFile], *, complete: bool) -> None:
        """Write what was collected of some files, in one go; see `IncomingFile.add`.

        Args:
            files: Which.
            complete: Nothing more will come of them.
        """
        taken = [(file, file.take()) for file in files]
        await in_thread(self._limiter, _write_all, taken, complete)

    async def settle(self, files: Sequence[tuple[IncomingFile, str]]) -> None:
        """Make files durable, given with what they are, many in one go; see `IncomingFile.settle`."""
        for at in range(0, len(files), _OPEN_AT_ONCE):
            await in_thread(self._limiter, _settle_all, files[at : at + _OPEN_AT_ONCE])

    async def sync(self) -> None:
        """Make the directory's entries durable; see `IncomingFile.add`."""
        await in_thread(self._limiter, fsync_directory, self.directory)

    def close(self) -> None:
        """Let go of all descriptors; blocks. Harmless when that is done."""
        for file in self._files:
            file.close()


async def in_thread(limiter: trio.CapacityLimiter, work: Callable[..., T], *args: object) -> T:
    """Run file operations in a worker thread, and name their failures.

    Raises:
        Busy: As many files are open as may be.
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
    if error.errno in _SHORT:
        return Busy("The server has too many files open for this upload now.")
    return StorageFailed(
        f"The upload could not be written to the server's disk ({error.strerror}).", hint="Tell the operator."
    )


def _guess(beginning: Data) -> str:
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return ".webp"
    return next((extension for start, extension in _BEGINNINGS if beginning.startswith(start)), _UNKNOWN)


def _write_all(taken: Sequence[tuple[IncomingFile, Sequence[Data]]], complete: bool) -> None:
    for file, chunks in taken:
        file.write(chunks, complete)


def _settle_all(files: Sequence[tuple[IncomingFile, str]]) -> None:
    """Make files durable. The disk is to have all of them before the first is waited for: that takes far less of it."""
    try:
        for file, media_type in files:
            file.begin_settling(media_type, start=len(files) > 1)
        for file, _ in files:
            file.sync()
    finally:
        for file, _ in files:
            file.close()


@lru_cache(maxsize=1)
def _libc() -> Any:  # noqa: ANN401 - ctypes types nothing
    library = ctypes.CDLL(None)
    library.sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return library
