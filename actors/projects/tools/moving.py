"""What `rm`, `mv` and `cp` have changed, put on the disk.

As programs they wait for nothing: a loss of power could bring back what was removed, or take what was moved or copied,
after the tool had said that it was done and a version had been kept of it.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from actors.projects.tools.results import opened
from actors.runtime.errors import InvalidInput

_REMOVING: Final = frozenset({"rm"})
_PLACING: Final = frozenset({"mv", "cp"})


def changed_by(argv: Sequence[str], directory: str) -> tuple[str, ...]:
    """Name what a command may have changed, in the order in which it has to be on the disk; nothing for any other.

    What is in the new place comes first, then its name there, then that of the old place: whenever power is lost, it is
    in one of them.

    Args:
        argv: A command that the rules have let through.
        directory: Where it runs, relative to the project.

    Returns:
        Files and directories, relative to the project; of some there may be none.
    """
    named = [PurePosixPath(directory, argument) for argument in argv[1:] if not argument.startswith("-")]
    if argv[0] in _REMOVING:
        wanted = [path.parent for path in named]
    elif argv[0] in _PLACING and named:
        target = named[-1]
        into = [place for source in named[:-1] for place in (target / source.name, target)]
        wanted = [*into, target.parent, *(source.parent for source in named[:-1])]
    else:
        wanted = []
    return tuple(dict.fromkeys(map(str, wanted)))


def settle(root: Path, changed: Sequence[str]) -> None:
    """Wait until files and the names in directories are on the disk, as far as they are there; blocks.

    Args:
        root: The project.
        changed: From `changed_by`. What leads out of the project, or is neither a file nor a directory, is left alone.

    Raises:
        OSError: The disk says no.
    """
    for path in changed:
        with suppress(FileNotFoundError, NotADirectoryError, InvalidInput), opened(root, path) as descriptor:
            os.fsync(descriptor)
