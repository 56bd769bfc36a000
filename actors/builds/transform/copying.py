"""Copies an app's directory, within bounds, into a directory of ours."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import isabs

from actors.builds.base import BuildFailed
from actors.builds.transform.modes import DIRECTORY_MODE, FILE_MODE, PROGRAM_MODE
from actors.builds.transform.placed import Notes
from actors.processes.directories import looked_at, made, new_file, opened, opened_file, write_all

LEFT_OUT = frozenset({"node_modules", ".next", ".git", ".callboard"})
"""What an app is not made of, wherever it is: what npm and Next make again, another repository's history, our own."""
KNOWN_DEPTH = 7
"""How deep paths are remembered, for what looks at the app afterwards."""
SOURCE_HINT = "Have the pipeline write its app to a directory of its own."
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much an app may be.

    Attributes:
        entries: Files, directories and links, those that are left out included.
        bytes: Of all files together.
        depth: Directories inside each other.
        path: Bytes of a path, from the app's own directory.
    """

    entries: int = 200_000
    bytes: int = 4 << 30
    depth: int = 64
    path: int = 1024


@dataclass
class Copy:
    """A copy while it is made, and what it came to.

    Attributes:
        limits: What it may take.
        notes: Where it says what it left out.
        proceed: Called for each megabyte and each file; what it raises ends the copy.
        forbidden: The device and inode of the workspace, which must not be copied into itself.
        files: How many files were copied.
        bytes: Their size.
        entries: How many names were met.
        paths: Of files and links, as far down as `KNOWN_DEPTH`.
    """

    limits: Limits
    notes: Notes
    proceed: Callable[[], None]
    forbidden: tuple[int, int]
    files: int = 0
    bytes: int = 0
    entries: int = 0
    paths: set[str] = field(default_factory=set)

    def directory(self, source: int, target: int, prefix: str = "", depth: int = 0) -> None:
        """Copy what is in one open directory into another.

        Modes are 2775 for directories, 775 for programs and 664 for other files, whatever the umask. Of links, relative
        ones that stay inside are copied. Other links, pipes, sockets and devices are left out, with a note.

        Raises:
            BuildFailed: It is over a limit.
            OSError: Something cannot be read or written.
        """
        known = os.fstat(source)
        if (known.st_dev, known.st_ino) == self.forbidden:
            raise BuildFailed(
                "the app's directory has the workspace itself in it", code="transform_source", hint=SOURCE_HINT
            )
        if depth > self.limits.depth:
            raise self._too_much(f"has more than {self.limits.depth} directories inside each other, at {prefix!a}")
        for name in self._names(source, prefix):
            self.proceed()
            self._entry(source, target, name, f"{prefix}{name}", depth)

    def _names(self, source: int, prefix: str) -> list[str]:
        """Return the names in a directory that are to be copied, after counting them all."""
        names = []
        with os.scandir(source) as entries:
            for entry in entries:
                self.entries += 1
                if self.entries > self.limits.entries:
                    raise self._too_much(f"has more than {self.limits.entries} files and directories")
                if len(os.fsencode(f"{prefix}{entry.name}")) > self.limits.path:
                    raise self._too_much(f"has a path of more than {self.limits.path} bytes, in {prefix[:80]!a}")
                if entry.name not in LEFT_OUT:
                    names.append(entry.name)
        return sorted(names)

    def _entry(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        """Copy one name, whatever it stands for."""
        with looked_at(name, source) as (looked, known):
            if stat.S_ISDIR(known.st_mode):
                with opened(".", looked) as below, made(name, target, DIRECTORY_MODE) as there:
                    self.directory(below, there, f"{path}/", depth + 1)
            elif stat.S_ISREG(known.st_mode):
                self._file(looked, target, name, path, PROGRAM_MODE if known.st_mode & 0o111 else FILE_MODE)
            elif stat.S_ISLNK(known.st_mode):
                self._link(source, target, name, path, depth)
            else:
                self.notes.add(f"{path} was left out: it is a pipe, a socket or a device.")

    def _file(self, looked: int, target: int, name: str, path: str, mode: int) -> None:
        """Copy one file, which may be growing."""
        source = opened_file(looked)
        try:
            descriptor = new_file(name, target)
            try:
                while chunk := os.read(source, _CHUNK):
                    self.proceed()
                    self.bytes += len(chunk)
                    if self.bytes > self.limits.bytes:
                        raise self._too_much(f"has more than {self.limits.bytes} bytes, at {path!a}")
                    write_all(descriptor, chunk)
                os.fchmod(descriptor, mode)
            finally:
                os.close(descriptor)
        finally:
            os.close(source)
        self.files += 1
        self._remember(path)

    def _link(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        """Copy one link if it is relative and stays inside."""
        text = os.readlink(name, dir_fd=source)
        if not stays_inside(text, depth):
            self.notes.add(f"{path} was left out: it is a link that leads out of the app.")
            return
        os.symlink(text, name, dir_fd=target)
        self._remember(path)

    def _remember(self, path: str) -> None:
        """Keep a path that is not too deep."""
        if path.count("/") < KNOWN_DEPTH:
            self.paths.add(path)

    def _too_much(self, problem: str) -> BuildFailed:
        """Return the error for an app that is over a limit."""
        return BuildFailed(
            f"the app {problem}",
            code="transform_limit",
            hint="Leave out of the app what it is not made of, such as data.",
        )


def stays_inside(link: str, depth: int) -> bool:
    """Say whether a link stays inside the app, by its words.

    A link may climb first and go down after. It may not climb after a name: that name may be a link itself, and then
    `..` is not where it seems to be.

    Args:
        link: What it says.
        depth: How many directories below the app's own the link is.
    """
    parts = [part for part in link.split("/") if part not in {"", "."}]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    return not isabs(link) and bool(link) and climbs <= depth and ".." not in parts[climbs:]
