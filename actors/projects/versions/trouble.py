"""What goes wrong with a store, in the words that people see."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from actors.runtime.errors import CallboardError, NotFound, StorageFailed, StorageFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def storing() -> Iterator[None]:
    """Give the system's errors the words of a store.

    Raises:
        StorageFull: The disk is full.
        StorageFailed: It is something else.
    """
    try:
        yield
    except OSError as error:
        raise failed(error) from error


def failed(error: OSError) -> CallboardError:
    """Return the error for what the system says."""
    if full(error):
        return StorageFull(
            "the project's versions could not be written: the disk is full",
            hint="Make room, or keep fewer versions; what was kept before is still there.",
        )
    return StorageFailed(
        f"the project's versions could not be read or written: {error.strerror or error}",
        hint="Check the disk and the permissions of the server's data directory.",
    )


def full(error: OSError) -> bool:
    """Say whether there was no room."""
    return error.errno in _FULL


def damaged(what: str) -> StorageFailed:
    """Return the error for something in the store that is not as it was written."""
    return StorageFailed(
        f"the project's versions are damaged: {what}",
        hint="Other versions may be whole: verify the store, and restore one of those.",
    )


def unknown(version: str) -> NotFound:
    """Return the error for a version that is not there."""
    return NotFound(
        f"the project has no version {version[:40]!a}",
        hint="List its versions; old ones are removed when there are too many.",
    )
