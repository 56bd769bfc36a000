"""The photos of one job, once more, for another: hard links, so that they take no room, and stay when either job goes.

A photo is never written to after it was accepted, so that two jobs can share one.
"""

import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import trio

from actors.jobs.engines.base import Image
from actors.processes.workdir import fsync_directory
from actors.runtime.errors import NotFound, StorageFailed, StorageFull

SUFFIX: Final = ".partial"
"""How the name of a directory ends that is no job's yet; the next start removes what a dead server left of them."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
"""What a file system says that has no hard links, or no more of them for this file."""

_CHUNK: Final = 1 << 20
_CLEANUP_S: Final = 30.0


@asynccontextmanager
async def open_copies(
    root: Path, name: str, images: Sequence[Image], limiter: trio.CapacityLimiter
) -> AsyncIterator[Path]:
    """Have photos in a directory of their own, durably. When the block is left, what nobody has moved away is removed.

    Args:
        root: Where the directory is made.
        name: What it is called, before `SUFFIX`.
        images: The photos.
        limiter: Of the threads that do it: where photos have to be copied, this must not take all that there are.

    Yields:
        The directory.

    Raises:
        NotFound: A photo is not there any more.
        StorageFull: The disk has no room for another job with these photos.
        StorageFailed: The disk does not work.
    """
    directory = root / f"{name}{SUFFIX}"
    try:
        with _named():
            await trio.to_thread.run_sync(_make, directory, sum(image.size for image in images))
            # One by one: where there are no links this takes a while, and whoever asked may leave.
            for image in images:
                await trio.to_thread.run_sync(link_or_copy, image.path, directory, limiter=limiter)
            await trio.to_thread.run_sync(fsync_directory, directory)
        yield directory
    finally:
        with trio.move_on_after(_CLEANUP_S, shield=True):
            await trio.to_thread.run_sync(_remove, directory)


def link_or_copy(photo: Path, directory: Path) -> None:
    """Have a photo in another directory too; blocks. Its content is durable, its name when the directory is synced."""
    target = directory / photo.name
    try:
        os.link(photo, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy(photo, target)


def _copy(photo: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as copy, photo.open("rb") as source:
        shutil.copyfileobj(source, copy, _CHUNK)
        copy.flush()
        os.fsync(copy.fileno())


def _make(directory: Path, size: int) -> None:
    # As for an upload: what an engine makes of these photos takes room too.
    if shutil.disk_usage(directory.parent).free < size:
        raise _full()
    directory.mkdir(mode=0o700)


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _named() -> Iterator[None]:
    """Name what fails."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("The photos of this job are not there any more.", hint="Upload them again.") from None
    except OSError as error:
        if error.errno in _FULL:
            raise _full() from error
        raise StorageFailed(
            f"The photos could not be taken over on the server's disk ({error.strerror}).", hint="Tell the operator."
        ) from error


def _full() -> StorageFull:
    return StorageFull(
        "The server's disk has no room for another job with these photos.", hint="Remove jobs, or tell the operator."
    )
