"""One at a time: a lock on the directory that goes with its process, however that ends."""

import errno
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Optional

import trio

from actors.runtime.errors import StorageFailed

NAME = "setup.lock"
LOOK_EVERY_S = 0.2


@asynccontextmanager
async def hold_directory(directory: Path, on_wait: Callable[[str], None]) -> AsyncIterator[None]:
    """Have a directory for ourselves; who comes later waits.

    It is made when it is not there. When nothing is in it at the end, it goes again.

    Args:
        directory: The directory.
        on_wait: Called once with whose turn it is, when that is somebody else.

    Raises:
        StorageFailed: It cannot be made, or written to.
    """
    descriptor, waited = _try_to_take(directory), False
    while descriptor is None:
        if not waited:
            on_wait(_holder(directory))
            waited = True
        await trio.sleep(LOOK_EVERY_S)
        descriptor = _try_to_take(directory)
    try:
        yield
    finally:
        _let_go(directory, descriptor)


def _try_to_take(directory: Path) -> Optional[int]:
    """Take the lock; None when another process has it, or has just removed it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(directory, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it before may have removed the file: a lock on that one keeps nobody out.
        same = os.path.samestat(os.fstat(descriptor), (directory / NAME).stat())
        if same:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, b"%d\n" % os.getpid())
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        same = False
    except OSError as error:
        os.close(descriptor)
        raise _unusable(directory, error) from None
    os.close(descriptor)
    return None


def _let_go(directory: Path, descriptor: int) -> None:
    """Release the lock, and leave no directory with nothing but it."""
    with suppress(OSError):
        if [path.name for path in directory.iterdir()] == [NAME]:
            (directory / NAME).unlink()
            directory.rmdir()
    os.close(descriptor)


def _holder(directory: Path) -> str:
    """Return which process has the lock, as it wrote it there."""
    try:
        with (directory / NAME).open("rb") as file:
            number = file.read(20).strip()
    except OSError:
        number = b""
    return f"process {number.decode()}" if number.isdigit() else "another process"


def _unusable(directory: Path, error: OSError) -> StorageFailed:
    """Say why the directory cannot be used."""
    words = error.strerror or errno.errorcode.get(error.errno or 0, "unknown error")
    return StorageFailed(
        f"{directory} cannot be written to: {words}.", hint="Name another directory with --directory, or mend that one."
    )
