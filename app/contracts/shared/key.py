"""The file of the key that signs links: made once, whole or not at all, and only its owner may read it. Blocking.

It is read each time: who removes it ends all links at once, and the next one that is shared makes a new one.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Optional

from actors.processes.workdir import fsync_directory
from actors.runtime.errors import StorageFailed, StorageFull
from app.security.signing import KEY_BYTES

FILE: Final = "share.key"
"""Its name, in the data directory."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_key(path: Path) -> Optional[bytes]:
    """Read the key; None when there is none, and so nothing was ever signed with it.

    Raises:
        StorageFailed: It cannot be read, is not a key, or is no secret.
    """
    with _named():
        try:
            descriptor = os.open(path, _READ)
        except FileNotFoundError:
            return None
        try:
            status = os.fstat(descriptor)
            _check(status)
            key = os.read(descriptor, KEY_BYTES + 1)
        finally:
            os.close(descriptor)
    if len(key) != KEY_BYTES:
        raise _unusable(f"it has not {KEY_BYTES} bytes")
    return key


def make_key(path: Path) -> bytes:
    """Make the key durably, or read the one that is there.

    Raises:
        StorageFull: The disk is full.
        StorageFailed: It cannot be written; or as `read_key`.
    """
    known = read_key(path)
    if known is not None:
        return known
    fresh = path.with_name(f"{FILE}.{secrets.token_hex(8)}.new")
    with _named():
        try:
            _write(fresh, secrets.token_bytes(KEY_BYTES))
            _put(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        fsync_directory(path.parent)
    made = read_key(path)
    if made is None:
        raise _unusable("it was removed while it was made")
    return made


def _put(fresh: Path, path: Path) -> None:
    """Give the key its name, which nobody else gave to another one meanwhile: a link is never made over a file."""
    try:
        os.link(fresh, path, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # One thread makes keys, in a data directory that is one server's.
        fresh.rename(path)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, _NEW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _unusable("it is not a file")
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise _unusable("others than the server's user may read it, or own it")


@contextmanager
def _named() -> Iterator[None]:
    """Name what fails, without the path: anybody may ask for a link."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("The server's disk is full.", hint="Remove jobs, or tell the operator.") from error
        raise _unusable(error.strerror or "the disk failed") from error


def _unusable(why: str) -> StorageFailed:
    return StorageFailed(
        f"The key that signs links, {FILE} in the server's data directory, cannot be used: {why}.",
        hint=f"Tell the operator. Without {FILE} a new one is made, and no link from before opens any more.",
    )
