"""Steps on the disk: each change is counted, and at one of them everything ends, or something happens before it."""

import os
from collections.abc import Callable
from typing import Any, Optional

import pytest

from actors.processes import directories
from actors.projects.versions import restoring

CHANGES = ("rename", "mkdir", "rmdir", "unlink", "write", "fsync", "fchmod", "symlink", "chmod")


class Killed(BaseException):
    """What ends everything in the middle, as a signal that cannot be caught would."""


class Steps:
    """Counts each change to the disk, and calls something before one of them.

    Args:
        at: The step before which `then` is called; None to count only.
        then: What happens there.
    """

    def __init__(self, at: Optional[int] = None, then: Callable[[], None] = lambda: None) -> None:
        self.count = 0
        self.at = at
        self.then = then

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Count what goes through the system's calls from now on; waiting for the disk is counted, and left out."""
        for name in CHANGES:
            patch.setattr(os, name, self._counted(getattr(os, name), skip=name == "fsync"))
        patch.setattr(os, "open", self._opening(os.open))
        synced = self._counted(directories.sync_filesystem, skip=True)
        for module in (directories, restoring):
            patch.setattr(module, "sync_filesystem", synced)

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
        super().__init__(at)

    def step(self) -> None:
        """End here, and from here on."""
        if self.at is not None and self.count >= self.at:
            raise Killed
        self.count += 1


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
        Kill(step).install(patch)
        with pytest.raises(Killed):
            act()
