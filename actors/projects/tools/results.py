"""What a tool gives back, and which files that follows from."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from actors.processes.workdir import Workdir
from actors.projects.tools.texts import short
from actors.runtime.errors import InvalidInput


@dataclass(frozen=True)
class Identity:
    """What tells one state of a file or directory from another."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Identity":
        """Return the identity that a status shows."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


Basis = tuple[tuple[str, Identity], ...]
"""Paths, relative to the project and `.` for itself, with their identities when they were read."""


@contextmanager
def opened(root: Path, path: str, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Open something beneath a project, `.` being itself, and close it.

    Raises:
        InvalidInput: The path leads out.
        OSError: It cannot be opened.
    """
    if path == ".":
        descriptor = os.open(root, flags | os.O_DIRECTORY | os.O_CLOEXEC)
    else:
        descriptor = Workdir(root).open_beneath(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def still_holds(root: Path, basis: Basis) -> bool:
    """Tell whether all files are as they were. Blocks."""
    return all(_identity(root, path) == identity for path, identity in basis)


def _identity(root: Path, path: str) -> Optional[Identity]:
    """Return what is at a path now."""
    try:
        with opened(root, path, os.O_PATH) as descriptor:
            return Identity.of(os.fstat(descriptor))
    except (InvalidInput, OSError):
        return None


@dataclass(frozen=True)
class ToolResult:
    """What a tool found or did.

    Attributes:
        ok: Whether it did what it was asked for.
        text: For a model to read; bounded.
        data: The same for programs: JSON.
        cut: Whether there was more than `text` has; it then says how to get at the rest.
        basis: The files that this follows from, as they were: while they are the same, so is the result. None: it is
            never the same.
    """

    ok: bool
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    cut: bool = False
    basis: Optional[Basis] = field(default=None, repr=False, compare=False)


def failed(name: str, problem: str, hint: str = "") -> ToolResult:
    """Return the result of a tool that could not do what it was asked for."""
    advice = f"\nWhat to do: {hint}" if hint else ""
    return ToolResult(False, f"{short(name, 80)} failed: {problem}{advice}", {"problem": problem, "hint": hint})
