"""Whether what a project names is what was installed last, so that it need not be installed again."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.projects.tools.results import Identity, opened
from actors.runtime.errors import InvalidInput

LOCKS = ("pnpm-lock.yaml", "package-lock.json", "npm-shrinkwrap.json")
WANTED = ("package.json", *LOCKS, ".npmrc")
"""What an install goes by."""

MODULES = "node_modules"
RECORDS = (f"{MODULES}/.modules.yaml", f"{MODULES}/.pnpm/lock.yaml", f"{MODULES}/.package-lock.json")
"""What the package managers write when they are done."""

MAX_FILE = 16 * 2**20
MAX_NAMES = 5_000


@dataclass(frozen=True)
class Installed:
    """How a project is.

    Attributes:
        wanted: Hashes of what an install goes by.
        records: What tells the package manager's records from other ones.
        names: The packages that can be imported by name.
    """

    wanted: tuple[Optional[str], ...]
    records: tuple[Optional[Identity], ...]
    names: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether something was installed at all."""
        return any(self.records)

    @property
    def locked(self) -> bool:
        """Whether there is a lock file."""
        return any(self.wanted[WANTED.index(name)] for name in LOCKS)


def look(root: Path) -> Installed:
    """Look how a project is. Blocks."""
    records = tuple(_identity(root, path) for path in RECORDS)
    return Installed(tuple(_hash(root, path) for path in WANTED), records, tuple(sorted(_names(root))))


def _hash(root: Path, path: str) -> Optional[str]:
    """Return the hash of a file; None when there is none, or none of a size that is looked at."""
    try:
        with opened(root, path, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE:
                return None
            with open(descriptor, "rb", closefd=False) as file:
                return hashlib.sha256(file.read(MAX_FILE)).hexdigest()
    except (InvalidInput, OSError):
        return None


def _identity(root: Path, path: str) -> Optional[Identity]:
    """Return what is at a path now."""
    try:
        with opened(root, path, os.O_PATH) as descriptor:
            return Identity.of(os.fstat(descriptor))
    except (InvalidInput, OSError):
        return None


def _names(root: Path) -> Iterator[str]:
    """Yield what is in `node_modules`, and in its scopes; hidden names are the tools' own."""
    count = 0
    waiting = [MODULES]
    while waiting:
        directory = waiting.pop()
        try:
            with opened(root, directory, os.O_RDONLY | os.O_DIRECTORY) as descriptor, os.scandir(descriptor) as entries:
                for entry in entries:
                    count += 1
                    if count > MAX_NAMES:
                        return
                    if entry.name.startswith("@") and directory == MODULES:
                        waiting.append(f"{directory}/{entry.name}")
                    elif not entry.name.startswith("."):
                        yield f"{directory}/{entry.name}"
        except (InvalidInput, OSError):
            continue
