"""The files of a new app put into an empty project. Everything here blocks."""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.processes import directories
from actors.projects.files.project import opened_project
from actors.projects.files.source import MAKING, NOT_SOURCE
from actors.projects.files.walk import Found, Walk
from actors.projects.tools.paths import writable
from actors.projects.tools.placing import MAX_FILE, open_place, read_place, replace_place
from actors.projects.tools.writing import count_lines
from actors.runtime.errors import Conflict, NotFound

MAX_MADE = 1_000
_HINT = "Change what is there with edit_file and write_file, or start a new project for another app."
_LEFT_BEHIND = frozenset({".git", "node_modules"})


@dataclass(frozen=True)
class MadeFile:
    """A file that was made.

    Attributes:
        path: Relative to the project.
        size: Bytes.
        lines: How many lines it has; 0 for a large one.
    """

    path: str
    size: int
    lines: int


@dataclass(frozen=True)
class Made:
    """What was made.

    Attributes:
        files: The files.
        directories: The directories, each before what is in it.
    """

    files: tuple[MadeFile, ...] = ()
    directories: tuple[str, ...] = ()


def put_files(root: Path, staging: Path, files: Mapping[str, bytes]) -> Made:
    """Put files into a project that has none but these, as after an attempt that was cut short.

    Raises:
        Conflict: It has others, or these with other content.
        CallboardError: The way to one leads through a link.
    """
    clear_workshop(root)
    _check_empty(root, files)
    made: list[MadeFile] = []
    below: list[str] = []
    for path, data in files.items():
        with open_place(root, writable(path), make=True) as place:
            before = read_place(place)
            if before is None:
                replace_place(place, staging, data, None)
                made.append(MadeFile(path, len(data), count_lines(data)))
            elif before.data != data:
                raise _occupied(path)
            below.extend(place.made)
    return Made(tuple(made), tuple(below))


def open_workshop(root: Path) -> None:
    """Make the directory that a creator works in: in the project, because it must not reach anything else.

    Raises:
        Conflict: The project has files.
    """
    clear_workshop(root)
    _check_empty(root, {})
    with opened_project(root) as at:
        os.mkdir(MAKING, 0o755, dir_fd=at)


def clear_workshop(root: Path) -> None:
    """Remove that directory, with what a creator left there; nothing to do when there is none."""
    with opened_project(root) as at:
        directories.remove(MAKING, at)


def take_over(root: Path, name: str) -> Made:
    """Move what a creator made from its directory to the project itself.

    Args:
        root: The project.
        name: The directory in the workshop that it made.

    Raises:
        NotFound: It made none.
        Conflict: The project got a file by one of the names meanwhile.
    """
    with opened_project(root) as at:
        try:
            with directories.opened_beneath((MAKING, name), at) as workshop:
                _move(workshop, at)
        except FileNotFoundError:
            hint = 'Use source "shipped" instead.'
            raise NotFound("the creator ended well, but it made no app", hint=hint) from None
        return _found(at)


def _move(workshop: int, at: int) -> None:
    """Move all that is in one directory to another."""
    names = sorted(set(directories.names(workshop)) - _LEFT_BEHIND)
    taken = next((name for name in names if directories.exists(name, at)), None)
    if taken is not None:
        raise _occupied(taken)
    for name in names:
        os.rename(name, name, src_dir_fd=workshop, dst_dir_fd=at)


def _found(at: int) -> Made:
    """Return what is in a project, as far as it is told."""
    made: list[MadeFile] = []
    below: list[str] = []
    with closing(Walk().through(at)) as walk:
        for one in walk:
            if len(made) + len(below) == MAX_MADE:
                break
            if one.is_file:
                data = _content(one)
                made.append(MadeFile(one.path, one.status.st_size, 0 if data is None else count_lines(data)))
            elif not one.is_link:
                below.append(one.path)
    return Made(tuple(made), tuple(below))


def _check_empty(root: Path, files: Mapping[str, bytes]) -> None:
    """See that a project has no source but these files.

    Raises:
        Conflict: It has.
    """
    with opened_project(root) as at, closing(Walk(NOT_SOURCE).through(at)) as walk:
        for one in walk:
            is_directory = not (one.is_file or one.is_link)
            if not is_directory and (one.path not in files or _content(one) != files[one.path]):
                raise _occupied(one.path)


def _content(found: Found) -> Optional[bytes]:
    """Return what a file has; None when it is no file, or a large one."""
    if not found.is_file or found.status.st_size > MAX_FILE:
        return None
    with os.fdopen(directories.opened_file(found.looked), "rb") as file:
        return file.read(MAX_FILE)


def _occupied(path: str) -> Conflict:
    """Return the error for a project that has something already."""
    return Conflict(f"an app begins in an empty project, and this one has {path} already", hint=_HINT)
