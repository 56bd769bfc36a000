"""Walks through a project's directory: in a stable order, bounded, by descriptors. Blocks."""

import os
import stat
from collections.abc import Generator
from dataclasses import dataclass, field

from actors.processes.directories import looked_at, opened
from actors.processes.paths import check_relative
from actors.projects.files.notes import Notes
from actors.projects.files.source import NOT_SOURCE, Ignore
from actors.runtime.errors import InvalidInput, TooLarge

MAX_ENTRIES = 200_000
MAX_DEPTH = 64


@dataclass(frozen=True)
class Found:
    """A file, a directory or a link.

    Attributes:
        path: From the project's directory, with `/` between the parts; `paths.check_relative` accepts it.
        status: Of itself: a link's own.
        looked: A descriptor as `directories.looked_at` gives it, closed when the walk goes on.
    """

    path: str
    status: os.stat_result
    looked: int

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.status.st_mode)

    @property
    def executable(self) -> bool:
        """Whether its owner may execute it."""
        return bool(self.status.st_mode & stat.S_IXUSR)


@dataclass
class Walk:
    """One walk: each directory before what is in it, names sorted by their characters.

    Left out are what `ignore` names; and, with a note, names that no request could carry (not Unicode, control
    characters, paths of more than 1024 bytes), directories deeper than `depth`, whatever is neither a file, a directory
    nor a link, and directories that may not be read. What vanishes meanwhile was never there.

    Attributes:
        ignore: What is not looked at.
        entries: How many names may be met, those that are left out included.
        depth: How many directories may be inside each other.
        notes: What was left out.
        met: How many names were met.
    """

    ignore: Ignore = NOT_SOURCE
    entries: int = MAX_ENTRIES
    depth: int = MAX_DEPTH
    notes: Notes = field(default_factory=Notes)
    met: int = 0

    def through(self, root: int, after: str = "") -> Generator[Found, None, None]:
        """Walk.

        Args:
            root: The descriptor of the project's directory.
            after: A path, be there anything by that name or not: what comes after it is found, and nothing before.

        Raises:
            TooLarge: There are more names than `entries`.
        """
        yield from self._directory(root, "", 0, tuple(after.split("/")) if after else ())

    def _directory(self, at: int, prefix: str, depth: int, after: tuple[str, ...]) -> Generator[Found, None, None]:
        """Find what is in one directory."""
        names = self._names(at, prefix)
        siblings = frozenset(names)
        for name in names:
            if after and name < after[0]:
                continue
            passed = bool(after) and name == after[0]
            try:
                with looked_at(name, at) as (looked, status):
                    found = Found(f"{prefix}{name}", status, looked)
                    if self._acceptable(found, name, siblings, depth):
                        if not passed:
                            yield found
                        if stat.S_ISDIR(status.st_mode):
                            with opened(".", looked) as below:
                                rest = after[1:] if passed else ()
                                yield from self._directory(below, f"{found.path}/", depth + 1, rest)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.notes.add(f"{prefix}{name}", f"was left out: {error.strerror}.")

    def _names(self, at: int, prefix: str) -> list[str]:
        """Return the names in a directory, sorted."""
        names = []
        with os.scandir(at) as entries:
            for entry in entries:
                self.met += 1
                if self.met > self.entries:
                    raise TooLarge(
                        f"the project has more than {self.entries} files and directories, at {prefix or '/'!a}",
                        hint="Remove what it is not made of, such as generated data.",
                    )
                names.append(entry.name)
        return sorted(names)

    def _acceptable(self, found: Found, name: str, siblings: frozenset[str], depth: int) -> bool:
        """Say whether something is part of the walk, and note it if people should know that it is not."""
        is_directory = stat.S_ISDIR(found.status.st_mode)
        if self.ignore.leaves_out(name, is_directory=is_directory, at_root=depth == 0, siblings=siblings):
            return False
        problem = ""
        try:
            check_relative(found.path)
        except InvalidInput:
            problem = "its name is not text, or its path is too long"
        if is_directory and depth + 1 >= self.depth:
            problem = f"it is more than {self.depth} directories deep"
        if not (is_directory or found.is_file or found.is_link):
            problem = "it is a pipe, a socket or a device"
        if problem:
            self.notes.add(found.path, f"was left out: {problem}.")
        return not problem
