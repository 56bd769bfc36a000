"""What the disk says while a backup is made or put back, as an error that a person can act on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from actors.runtime.errors import StorageFailed, StorageFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk_problem(what: str) -> Iterator[None]:
    """Name what the disk says in the block.

    Args:
        what: What cannot be done then, as the start of a sentence.

    Raises:
        StorageFull: There is no room.
        StorageFailed: Something cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in _FULL:
            raise StorageFull(
                f"{what}: the disk is full{where}.", hint="Free some space, or use another disk."
            ) from error
        hint = "Check that the directory is there, and that you may use it."
        raise StorageFailed(f"{what}: {error.strerror or error}{where}.", hint=hint) from error
