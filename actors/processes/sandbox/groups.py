"""Control groups (version 2) for confined trees: memory, processes and processor time, kept by the kernel (level L3).

They have to be delegated to the server: by systemd's `Delegate=yes`, or by a container that gives it one. The server
moves itself into a group `server` beside those of its trees, because a group that has processes cannot share out
controllers.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from actors.processes.sandbox.limits import TreeLimits

CONTROLLERS = ("memory", "pids")
OPTIONAL = ("cpu",)
PERIOD = 100_000
PROCESSORS = 2
"""Whole processors that one tree may use at most."""


@dataclass(frozen=True)
class GroupHome:
    """Where the groups of trees are made.

    Attributes:
        path: The delegated group.
    """

    path: Path

    @contextmanager
    def group(self, limits: TreeLimits) -> Iterator[Path]:
        """Make a group for one tree, and remove it when its processes are gone.

        Args:
            limits: What the tree may use; what a group cannot limit is left out.

        Yields:
            Its directory: who writes `0` into its `cgroup.procs` is in it.
        """
        path = self.path / f"tree-{secrets.token_hex(6)}"
        path.mkdir()
        try:
            for name, value in _settings(limits):
                with suppress(FileNotFoundError):
                    _write(path / name, value)
            yield path
        finally:
            with suppress(OSError):
                _write(path / "cgroup.kill", "1")
            with suppress(OSError):
                path.rmdir()


def find_group_home(
    mounts: Path = Path("/proc/self/mountinfo"), membership: Path = Path("/proc/self/cgroup")
) -> Union[GroupHome, str]:
    """Find the group that was delegated to this server, and make it ready; or say why there is none.

    Args:
        mounts: What is mounted where.
        membership: Which group this process is in.

    Returns:
        The place for groups, or the reason, one sentence.
    """
    top = _mount_point(mounts)
    if top is None:
        return "no version 2 control groups are mounted"
    own = next((line[3:] for line in _lines(membership) if line.startswith("0::")), "/")
    path = top / own.lstrip("/")
    if path.name == "server":
        path = path.parent
    try:
        there = set((path / "cgroup.controllers").read_text(encoding="ascii").split())
        missing = [name for name in CONTROLLERS if name not in there]
        if missing:
            return f"the control group {path} has no {' and no '.join(missing)} controller"
        if not os.access(path, os.W_OK) or not os.access(path / "cgroup.procs", os.W_OK):
            return f"the control group {path} is not delegated to this user"
        _make_ready(path, [name for name in (*CONTROLLERS, *OPTIONAL) if name in there])
    except OSError as error:
        return f"the control group {path} cannot be used: {error.strerror}"
    return GroupHome(path)


def _make_ready(path: Path, controllers: list[str]) -> None:
    """Move this process out of the way, and share the controllers out to the groups below."""
    server = path / "server"
    server.mkdir(exist_ok=True)
    _write(server / "cgroup.procs", str(os.getpid()))
    try:
        _write(path / "cgroup.subtree_control", " ".join(f"+{name}" for name in controllers))
    except OSError:
        # Others are in the group too: it is not ours to share out.
        with suppress(OSError):
            _write(path / "cgroup.procs", str(os.getpid()))
            server.rmdir()
        raise


def _settings(limits: TreeLimits) -> Iterator[tuple[str, str]]:
    """Yield a group's files and what is written into them."""
    if limits.memory is not None:
        yield "memory.max", str(limits.memory)
        yield "memory.swap.max", "0"
        yield "memory.oom.group", "1"
    if limits.processes is not None:
        yield "pids.max", str(limits.processes)
    yield "cpu.max", f"{PROCESSORS * PERIOD} {PERIOD}"


def _mount_point(mounts: Path) -> Optional[Path]:
    """Return where version 2 is mounted."""
    for line in _lines(mounts):
        before, _, after = line.partition(" - ")
        if after.split(" ", 1)[0] == "cgroup2":
            return Path(before.split(" ")[4])
    return None


def _lines(path: Path) -> list[str]:
    """Return a file's lines; none when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _write(path: Path, text: str) -> None:
    """Write to a file of the kernel's, which must be there: opening must not make one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode("ascii"))
    finally:
        os.close(descriptor)
