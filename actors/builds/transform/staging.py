"""Stages an app beside the content of its workspace: copied, mended, durable, and planned for the swap."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actors.builds.base import BuildFailed
from actors.builds.transform import kinds, packagejson, swap
from actors.builds.transform.app import App, Mending
from actors.builds.transform.copying import SOURCE_HINT, Copy
from actors.builds.transform.leaving import leaving
from actors.builds.transform.modes import DIRECTORY_MODE, FILE_MODE
from actors.builds.transform.placed import Placed
from actors.processes import directories

_MODE = 0o700
"""Of the staging directory: nothing in the container sees what is in it before it is in its place."""


@dataclass(frozen=True)
class Source:
    """Where an app comes from.

    Attributes:
        frontend: Its directory.
        workspace: The workspace that it is for.
    """

    frontend: Path
    workspace: Path

    @property
    def inside(self) -> tuple[str, ...]:
        """Its path in the workspace, part by part; empty when it is elsewhere."""
        is_inside = self.workspace in self.frontend.parents and ".." not in self.frontend.parts
        return self.frontend.relative_to(self.workspace).parts if is_inside else ()

    @contextmanager
    def opened(self, root: int) -> Iterator[int]:
        """Open it; no link is followed between the workspace and it.

        Raises:
            BuildFailed: It is not there, or it is no directory.
        """
        if self.inside[:1] == (swap.BOARD,):
            raise self._unusable(f"is in {swap.BOARD}/")
        try:
            descriptor = directories.open_beneath(self.inside, root) if self.inside else self._open()
        except (FileNotFoundError, NotADirectoryError):
            raise self._unusable("is not there, or it is a link or no directory") from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        """Open it where it is not in the workspace."""
        return os.open(self.frontend, directories.DIRECTORY)

    def _unusable(self, problem: str) -> BuildFailed:
        """Return the error for a directory that cannot be taken."""
        return BuildFailed(f"the app's directory {self.frontend} {problem}", code="transform_source", hint=SOURCE_HINT)


def staged(source: Source, root: int, board: int, copy: Copy, *, port: int, run: str) -> swap.Plan:
    """Stage an app and return the plan of the swap. Nothing outside of `staging-RUN/` is changed.

    Raises:
        BuildFailed: It is over a limit, cannot be started, or something of the old content cannot make room.
        OSError: Something cannot be read or written.
    """
    name = f"{swap.STAGING}{run}"
    with source.opened(root) as frontend, directories.made(name, board, _MODE) as staging:
        copy.directory(frontend, staging)
        package, mending = _mended(staging, copy, port)
        directories.sync_filesystem(staging)
        enter = tuple(sorted(directories.names(staging)))
        leave = _leave(enter, root, board, copy)
        for note in mending.notes:
            copy.notes.add(note)
        placed = Placed(
            kind=mending.kind,
            start=mending.start,
            needs_build=mending.needs_build,
            product=mending.product,
            has_dependencies=package.has_dependencies,
            notes=copy.notes.taken(),
            files=copy.files,
            bytes=copy.bytes,
        )
        inode = os.fstat(frontend).st_ino
    return swap.Plan(run, source.inside, inode, leave, enter, placed)


def _mended(staging: int, copy: Copy, port: int) -> tuple[packagejson.Package, Mending]:
    """Make a staged app one that can be started; return its `package.json` as it was, and what was done."""
    content = directories.read_file(packagejson.NAME, staging, packagejson.MAX_BYTES)
    package = packagejson.new_package() if content is None else packagejson.parse(content)
    mending = kinds.mending(App(staging, frozenset(copy.paths), package, port))
    for path, text in mending.files.items():
        *above, name = path.split("/")
        _write(above, name, staging, text.encode(), replace=path in mending.replaces)
    text = packagejson.mend(package.text, mending.scripts)
    _write([], packagejson.NAME, staging, text.encode(), replace=True)
    return package, mending


def _write(above: list[str], name: str, at: int, content: bytes, *, replace: bool) -> None:
    """Write a file, and the directories above it as far as they are missing."""
    if above:
        with directories.made(above[0], at, DIRECTORY_MODE) as below:
            _write(above[1:], name, below, content, replace=replace)
        return
    if replace:
        directories.remove(name, at)
    directories.write_file(name, at, content, FILE_MODE)


def _leave(enter: tuple[str, ...], root: int, board: int, copy: Copy) -> tuple[str, ...]:
    """Return the entries of the workspace that go.

    Raises:
        BuildFailed: One has to, and cannot be moved.
    """
    done = swap.manifest(board)
    names = leaving(enter, None if done is None else done.entries, has_app=directories.exists(packagejson.NAME, root))
    there = [name for name in names if directories.exists(name, root)]
    stuck = [name for name in there if not directories.movable(name, root)]
    for name in stuck:
        if name in enter:
            raise BuildFailed(
                f"{name!a} in the workspace cannot be replaced: another user owns it and its group may not write to it",
                code="transform_permission",
                hint=f"Run `chmod -R g+w {name}` in the workspace's container, and its processes with umask 002.",
            )
        copy.notes.add(f"{name} of an earlier build stays: another user owns it and its group may not write to it.")
    return tuple(name for name in there if name not in stuck)
