"""One writer at a time: between threads, and between processes."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from actors.projects.versions.trouble import storing
from actors.runtime.errors import Busy

LOCK = "lock"
WAIT_S = 30.0
_PAUSE_S = 0.02


@contextmanager
def locked(root: Path, wait_s: float = WAIT_S) -> Iterator[int]:
    """Hold a store, made where it is missing, and give the descriptor of its directory.

    Raises:
        Busy: Another thread or process held it for too long.
        StorageFull, StorageFailed: It cannot be made or opened.
    """
    with storing():
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            lock = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=at)
            try:
                _take(lock, time.monotonic() + wait_s)
                yield at
            finally:
                os.close(lock)
        finally:
            os.close(at)


def _take(lock: int, deadline: float) -> None:
    """Take the lock; it ends with its descriptor."""
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= deadline:
            raise Busy("the project's versions are in use", hint="Try again in a moment.")
        time.sleep(_PAUSE_S)
