"""Names and descriptors: one step down at a time, and never through a link. Everything here blocks."""

import ctypes
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Optional

from actors.processes.removal import remove_tree
from actors.runtime.errors import NotFound

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
CHUNK = 1 << 18
_LOOK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FEW = 32
"""How many files are synced one by one; for more, one sync of their file system costs less."""


@contextmanager
def opened_project(root: Path) -> Iterator[int]:
    """Open a project's own directory for the length of a block.

    Raises:
        NotFound: It is not there, or something else is in its place.
    """
    try:
        descriptor = os.open(root, DIRECTORY)
    except OSError as error:
        raise gone(str(error.strerror)) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def gone(reason: str) -> NotFound:
    """Return the error for a project whose directory is not there."""
    return NotFound(
        f"the project's files are gone: {reason}",
        hint="Restore one of its versions, or remove the project.",
    )


@contextmanager
def opened(name: str, at: Optional[int] = None) -> Iterator[int]:
    """Open a directory, which must not be a link, for the length of a block."""
    descriptor = os.open(name, DIRECTORY, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_trusted(path: Path) -> Iterator[int]:
    """Open a directory of ours, by a path that nobody else chose, for the length of a block."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_beneath(parts: Sequence[str], at: int) -> Iterator[int]:
    """Open the directory that is `parts` below `at`, none of which may be a link, for the length of a block."""
    descriptor = os.dup(at)
    try:
        for part in parts:
            below = os.open(part, DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def looked_at(name: str, at: int) -> Iterator[tuple[int, os.stat_result]]:
    """Hold whatever a name stands for, and its status, without opening it: opening a device can do things."""
    descriptor = os.open(name, _LOOK, dir_fd=at)
    try:
        yield descriptor, os.fstat(descriptor)
    finally:
        os.close(descriptor)


def opened_file(looked: int) -> int:
    """Open what `looked_at` holds for reading; the caller closes it.

    Raises:
        OSError: It is no plain file, may not be read, or another program holds a lease on it (EAGAIN): opening such a
            file would wait for that program.
    """
    if not stat.S_ISREG(os.fstat(looked).st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file")
    return os.open(f"/proc/self/fd/{looked}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)


def link_target(looked: int) -> str:
    """Return what a link that `looked_at` holds says."""
    return os.readlink("", dir_fd=looked)


def new_file(name: str, at: int, mode: int = 0o600) -> int:
    """Make a file that is not there yet, for writing; the caller closes it."""
    return os.open(name, _NEW, mode, dir_fd=at)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of `content`."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def replace_file(name: str, at: int, content: bytes, *, durable: bool = True) -> None:
    """Write a file so that, whenever this ends, it is the old one or the new one."""
    fresh = f"{name}.new"
    remove(fresh, at)
    descriptor = new_file(fresh, at)
    try:
        write_all(descriptor, content)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(fresh, name, src_dir_fd=at, dst_dir_fd=at)
    if durable:
        os.fsync(at)


def read_file(name: str, at: int, limit: int) -> Optional[bytes]:
    """Return a file's content, or None when there is nothing by that name.

    Raises:
        OSError: It is no file, larger than `limit` bytes (EFBIG), or cannot be read.
    """
    try:
        with looked_at(name, at) as (looked, _), os.fdopen(opened_file(looked), "rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        return None
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", name)
    return content


def remove(name: str, at: int) -> None:
    """Remove a file, a link or a whole directory; nothing to do when it is not there."""
    try:
        known = os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(known.st_mode):
        remove_tree(Path(f"/proc/self/fd/{at}", name))
        return
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=at)


def names(at: int) -> list[str]:
    """Return the names in a directory."""
    with os.scandir(at) as entries:
        return [entry.name for entry in entries]


def sync(wanted: Sequence[str], at: int) -> None:
    """Wait until files or directories below `at` are on the disk."""
    if len(wanted) > _FEW:
        sync_filesystem(at)
        return
    for name in wanted:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=at)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_filesystem(descriptor: int) -> None:
    """Wait until all that was written to the file system is on the disk."""
    if _libc().syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    """Return the C library, whose syncfs(2) Python does not offer."""
    return ctypes.CDLL(None, use_errno=True)
