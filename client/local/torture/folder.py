"""The folder of one torture: everything that it writes is in here, and nothing of the user's is touched."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from client.local.torture.factory import PROGRAM

LOGS = 3
"""Servers of which the log is kept, the newest first."""

_LINKED = ("bwrap", "sh", "sleep")
"""Programs that the server may find: no Node among them, so that apps are plain files, which takes a moment."""

_MODE = 0o700


@dataclass(frozen=True)
class Folder:
    """Where things lie.

    Attributes:
        root: The folder.
    """

    root: Path

    @property
    def data(self) -> Path:
        """The server's data directory."""
        return self.root / "data"

    @property
    def trees(self) -> Path:
        """Where it keeps records of its process trees."""
        return self.data / "trees"

    @property
    def apps(self) -> Path:
        """The apps of projects."""
        return self.root / "projects"

    @property
    def workspaces(self) -> Path:
        """The workspaces of builds."""
        return self.root / "workspaces"

    @property
    def temporary(self) -> Path:
        """What the server takes for the directory for temporary files."""
        return self.root / "tmp"

    @property
    def home(self) -> Path:
        """What it takes for its user's home."""
        return self.root / "home"

    @property
    def programs(self) -> Path:
        """Where it finds programs."""
        return self.root / "bin"

    @property
    def factory(self) -> Path:
        """A pipeline that starts processes which try to get away."""
        return self.root / "factory"

    @property
    def look(self) -> Path:
        """Where the journal of a dead server is copied to, to be looked at."""
        return self.root / "look"

    def log(self, age: int = 0) -> Path:
        """The log of a server: the newest, or one that was before."""
        return self.root / ("server.log" if not age else f"server.{age}.log")

    def photos(self, job: str) -> list[int]:
        """Return the bytes of each photo of a job; none where it has no directory. Blocks."""
        try:
            return [
                entry.stat(follow_symlinks=False).st_size for entry in os.scandir(self.data / "jobs" / job / "images")
            ]
        except OSError:
            return []

    @property
    def data_id(self) -> str:
        """What marks the processes of the server; empty as long as no server has run."""
        try:
            return (self.data / "id").read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def make(self) -> None:
        """Make what has to be there before the first server starts."""
        for directory in (self.root, self.workspaces, self.temporary, self.home, self.programs, self.look):
            directory.mkdir(mode=_MODE, parents=True, exist_ok=True)
        for name in _LINKED:
            found = shutil.which(name)
            if found is not None:
                (self.programs / name).symlink_to(found)
        package = self.factory / "app_factory"
        package.mkdir(mode=_MODE, parents=True)
        (package / "__init__.py").write_text("", encoding="utf-8")
        (package / "main_v2.py").write_text(PROGRAM, encoding="utf-8")

    def turn_logs(self) -> None:
        """Make room for the log of the next server."""
        for age in range(LOGS - 1, 0, -1):
            if self.log(age - 1).exists():
                self.log(age - 1).replace(self.log(age))


def paths_in(root: Path, depth: int = 3) -> list[str]:
    """Return all that is in a directory, so many levels deep, relative to it. Blocks.

    What is deeper belongs to whoever has the directory that it is in.
    """
    return list(_walk(root, "", depth)) if root.is_dir() else []


def _walk(root: Path, above: str, depth: int) -> Iterator[str]:
    try:
        entries = list(os.scandir(root))
    except OSError:
        return
    for entry in entries:
        path = f"{above}{entry.name}"
        yield path
        if depth > 1 and entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{path}/", depth - 1)


def names_in(directory: Path) -> set[str]:
    """Return what is in a directory. Blocks."""
    try:
        return {entry.name for entry in os.scandir(directory)}
    except OSError:
        return set()


def bytes_in(root: Path) -> int:
    """Return how many bytes the files below a directory have. Blocks."""
    size = 0
    for folder, _, files in os.walk(root):
        for name in files:
            try:
                size += Path(folder, name).lstat().st_size
            except OSError:
                continue
    return size
