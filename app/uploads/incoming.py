"""The files of uploads on disk: written in batches by worker threads, and made durable many at a time."""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar, Union

import trio

from actors.processes.workdir import fsync_directory
from actors.runtime.errors import Busy, CallboardError, StorageFailed, StorageFull
from app.uploads.syncing import AT_ONCE, sync_all

T = TypeVar("T")
Data = Union[bytes, memoryview]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SHORT: Final = frozenset({errno.EMFILE, errno.ENFILE})
_EXTENSIONS: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/tiff": ".tif"}
_UNKNOWN: Final = ".bin"
_BEGINNINGS: Final = ((b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n", ".png"), (b"II*\0", ".tif"), (b"MM\0*", ".tif"))
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_SMALL: Final = 16 * 1024
"""Bytes; pieces that are smaller on the average are put together for one write."""


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
        together = len(chunks) > 1 and sum(map(len, chunks)) < _SMALL * len(chunks)
        for chunk in [b"".join(chunks)] if together else chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        if last:
            self.close()

    def open_settled(self, media_type: str) -> int:
        """Give it its name, and have it open; blocks.

        Args:
            media_type: What it is.

        Returns:
            Its descriptor, which `close` lets go of.
        """
        extension = _EXTENSIONS.get(media_type, _UNKNOWN)
        if not self.path.name.endswith(extension):
            self.path = self.path.rename(self.path.with_suffix(extension))
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        return self._descriptor

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
        self._sibling = directory / "photo"

    def create(self, beginning: Data) -> IncomingFile:
        """Begin the next file, under a name of our own.

        Args:
            beginning: Its first bytes. What they look like is its extension, until `settle` knows better.
        """
        # A sibling's path is not taken apart again, which since Python 3.12 costs more than the rest of a small photo.
        path = self._sibling.with_name(f"{len(self._files) + 1:04d}{_guess(beginning)}")
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
        for at in range(0, len(files), AT_ONCE):
            await in_thread(self._limiter, _settle_all, files[at : at + AT_ONCE])

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
    start = bytes(beginning[:12])
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return ".webp"
    for known, extension in _BEGINNINGS:
        if start.startswith(known):
            return extension
    return _UNKNOWN


def _write_all(taken: Sequence[tuple[IncomingFile, Sequence[Data]]], complete: bool) -> None:
    for file, chunks in taken:
        file.write(chunks, complete)


def _settle_all(files: Sequence[tuple[IncomingFile, str]]) -> None:
    """Make files durable."""
    try:
        sync_all([file.open_settled(media_type) for file, media_type in files])
    finally:
        for file, _ in files:
            file.close()
