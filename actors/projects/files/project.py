"""A project's own directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actors.processes.directories import DIRECTORY
from actors.runtime.errors import NotFound

CHUNK = 1 << 18
"""Bytes of a file that are in memory at once."""


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
