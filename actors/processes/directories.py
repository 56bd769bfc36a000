"""Files and directories by descriptor: no name is ever resolved through a link.

What others write to (a container, a project's own code) may have a directory swapped for a link at any moment. So each
function takes one name and the descriptor of the directory that it is in. Everything here blocks.
"""

import ctypes
import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Optional

from actors.processes.removal import remove_tree

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LOOK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FEW = 32
"""How many files are synced one by one; for more, one sync of their file system costs less."""


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


def open_beneath(parts: Sequence[str], at: int) -> int:
    """Open the directory that is `parts` below `at`, none of which may be a link. The caller closes it."""
    descriptor = os.dup(at)
    try:
        for part in parts:
            below = os.open(part, DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def opened_beneath(parts: Sequence[str], at: int) -> Iterator[int]:
    """Open the directory that is `parts` below `at`, none of which may be a link, for the length of a block."""
    descriptor = open_beneath(parts, at)
    try:
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
        raise OSError(errno.EINVAL, "it is a link or something else that is no file")
    return os.open(f"/proc/self/fd/{looked}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)


def link_target(looked: int) -> str:
    """Return what a link that `looked_at` holds says."""
    return os.readlink("", dir_fd=looked)


@contextmanager
def made(name: str, at: int, mode: int) -> Iterator[int]:
    """Make a directory, or take one that is there, and open it. One that was made gets `mode` whatever the umask."""
    fresh = True
    try:
        os.mkdir(name, 0o700, dir_fd=at)
    except FileExistsError:
        fresh = False
    with opened(name, at) as descriptor:
        if fresh:
            os.fchmod(descriptor, mode)
        yield descriptor


def status(name: str, at: int) -> Optional[os.stat_result]:
    """Return what is known of a name, of the link itself if it is one, or None when there is nothing."""
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def exists(name: str, at: int) -> bool:
    """Say whether there is anything by that name, be it a link that leads nowhere."""
    return status(name, at) is not None


def names(at: int) -> list[str]:
    """Return the names in a directory."""
    with os.scandir(at) as entries:
        return [entry.name for entry in entries]


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


def new_file(name: str, at: int, mode: int = 0o600) -> int:
    """Make a file that is not there yet, for writing; the caller closes it."""
    return os.open(name, _NEW, mode, dir_fd=at)


def write_file(name: str, at: int, content: bytes, mode: int, *, durable: bool = False) -> None:
    """Make a file that is not there yet, with `mode` whatever the umask."""
    descriptor = new_file(name, at)
    try:
        write_all(descriptor, content)
        os.fchmod(descriptor, mode)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of `content`."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def replace_file(name: str, at: int, content: bytes, mode: int = 0o600, *, durable: bool = True) -> None:
    """Write a file so that, whenever this ends, it is the old one or the new one; durably, the machine's end too."""
    fresh = f"{name}.new"
    remove(fresh, at)
    write_file(fresh, at, content, mode, durable=durable)
    os.rename(fresh, name, src_dir_fd=at, dst_dir_fd=at)
    if durable:
        os.fsync(at)


def remove(name: str, at: int) -> None:
    """Remove a file, a link or a whole directory; nothing to do when it is not there.

    Raises:
        OSError: It is not ours to remove, or something is still being added.
    """
    known = status(name, at)
    if known is not None and stat.S_ISDIR(known.st_mode):
        remove_tree(Path(f"/proc/self/fd/{at}", name))
        return
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=at)


def movable(name: str, at: int) -> bool:
    """Say whether a name can be moved to another directory: a directory has to be writable itself, for its `..`."""
    known = status(name, at)
    if known is None or not stat.S_ISDIR(known.st_mode):
        return True
    return os.access(name, os.W_OK, dir_fd=at, effective_ids=True, follow_symlinks=False)


def fresh_name(prefix: str) -> str:
    """Return a name that nothing has."""
    return f"{prefix}{secrets.token_hex(8)}"


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
    """Wait until all that was written to the file system is on the disk: one call for however many files."""
    if _libc().syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    """Return the C library, whose syncfs(2) Python does not offer."""
    return ctypes.CDLL(None, use_errno=True)
