"""What the tests of versions share: a project with a store, and kills at each step."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import pytest

from actors.processes import directories
from actors.projects.versions import restoring
from actors.projects.versions.headers import Version
from actors.projects.versions.scan import Limits
from actors.projects.versions.store import VersionStore
from tests.actors.projects.files.trees import Content, read_tree, write_tree

CHANGES = ("rename", "mkdir", "rmdir", "unlink", "write", "fsync", "fchmod", "symlink")


class Scene:
    """A project and its store, next to each other."""

    def __init__(self, root: Path, limits: Optional[Limits] = None) -> None:
        self.root = root
        self.project = root / "project" / "app"
        self.project.mkdir(parents=True, exist_ok=True)
        self.limits = limits
        self.store = VersionStore(root / "store", limits)

    def reopened(self) -> VersionStore:
        """Return the store as a server that starts finds it."""
        self.store = VersionStore(self.root / "store", self.limits)
        return self.store

    def become(self, files: dict[str, Content]) -> None:
        """Make these all of the project's files."""
        shutil.rmtree(self.project)
        write_tree(self.project, files)

    def keep(self, files: Optional[dict[str, Content]] = None) -> Version:
        """Make a version, which has to be one."""
        if files is not None:
            self.become(files)
        version = self.store.snapshot(self.project, label="test")
        assert version is not None
        return version

    def read(self) -> dict[str, bytes]:
        """Return all that is in the project."""
        return read_tree(self.project)

    def check_whole(self) -> None:
        """Check that nothing is damaged, and nothing is left beside the project."""
        assert self.reopened().verify().problems == ()
        assert os.listdir(self.project.parent) == ["app"]  # noqa: PTH208 - names are enough


class Killed(BaseException):
    """What ends everything in the middle, as a signal that cannot be caught would."""


class Steps:
    """Counts each change to the disk; at one of them everything ends, and nothing after it changes the disk either.

    Args:
        at: That step; None to count only.
    """

    def __init__(self, at: Optional[int] = None) -> None:
        self.count = 0
        self.at = at

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Count from now on; waiting for the disk is counted, and left out."""
        for name in CHANGES:
            patch.setattr(os, name, self._counted(getattr(os, name), skip=name == "fsync"))
        patch.setattr(os, "open", self._opening(os.open))
        synced = self._counted(directories.sync_filesystem, skip=True)
        for module in (directories, restoring):
            patch.setattr(module, "sync_filesystem", synced)

    def _step(self) -> None:
        """Count one, or end."""
        if self.at is not None and self.count >= self.at:
            raise Killed
        self.count += 1

    def _counted(self, call: Callable[..., Any], *, skip: bool) -> Callable[..., Any]:
        """Return a call that counts."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._step()
            return None if skip else call(*args, **kwargs)

        return counted

    def _opening(self, call: Callable[..., int]) -> Callable[..., int]:
        """Return `os.open` that counts where it makes a file."""

        def counted(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            if flags & os.O_CREAT:
                self._step()
            return call(path, flags, *args, **kwargs)

        return counted


def steps_of(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> int:
    """Return how many steps something takes."""
    steps = Steps()
    with monkeypatch.context() as patch:
        steps.install(patch)
        act()
    return steps.count


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Kill what is done at one step."""
    with monkeypatch.context() as patch:
        Steps(step).install(patch)
        with pytest.raises(Killed):
            act()
