"""Directories as mappings, for tests: what is in them, and what was done to them on the way."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Optional

import pytest

from actors.processes import directories

CHANGES = ("rename", "mkdir", "rmdir", "unlink", "write", "fsync", "fchmod", "symlink", "chmod")


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write text files below a directory; a text of `-> x` makes a link."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text[3:])
        else:
            path.write_bytes(text.encode())
    return root


def read_tree(root: Path, *, without: str = ".callboard") -> dict[str, str]:
    """Read what `write_tree` wrote, of empty directories their names with a slash."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] == without:
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_bytes().decode()
        elif path.is_dir() and not any(path.iterdir()):
            found[f"{name}/"] = ""
    return found


class Killed(BaseException):
    """What ends a run in the middle, as a signal that cannot be caught would."""


class Steps:
    """Counts each change to the disk, and calls something before one of them.

    Args:
        at: The step before which `then` is called; None to count only.
        then: What happens there.
    """

    def __init__(self, at: Optional[int], then: Callable[[], None]) -> None:
        self.count = 0
        self.at = at
        self.then = then

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Count what goes through the system's calls from now on; waiting for the disk is counted, and left out."""
        for name in CHANGES:
            patch.setattr(os, name, self._counted(getattr(os, name), skip=name == "fsync"))
        patch.setattr(os, "open", self._opening(os.open))
        patch.setattr(directories, "sync_filesystem", self._counted(directories.sync_filesystem, skip=True))

    def step(self) -> None:
        """Count one."""
        if self.at is not None and self.count == self.at:
            self.at = None
            self.then()
        self.count += 1

    def _counted(self, call: Callable[..., Any], *, skip: bool) -> Callable[..., Any]:
        """Return a call that counts."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.step()
            return None if skip else call(*args, **kwargs)

        return counted

    def _opening(self, call: Callable[..., int]) -> Callable[..., int]:
        """Return `os.open` that counts where it makes a file."""

        def counted(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            if flags & os.O_CREAT:
                self.step()
            return call(path, flags, *args, **kwargs)

        return counted


class Kill(Steps):
    """Ends everything at one step: nothing after it changes the disk either, no clean-up."""

    def __init__(self, at: int) -> None:
        super().__init__(at, lambda: None)

    def step(self) -> None:
        """End here, and from here on."""
        if self.at is not None and self.count >= self.at:
            raise Killed
        self.count += 1
