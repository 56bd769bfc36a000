"""Control groups, on files that stand for the kernel's."""

import os
from pathlib import Path

import pytest

from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.groups import GroupHome, find_group_home
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.watchdog import Watchdog
from tests import needs
from tests.attacks.attempt import spawn
from tests.attacks.available import finding


@pytest.fixture
def mounted(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return a delegated group, and the files that say where it is."""
    top, mounts, membership = tmp_path / "top", tmp_path / "mountinfo", tmp_path / "cgroup"
    home = top / "callboard.service"
    home.mkdir(parents=True)
    mounts.write_text(f"1 2 0:3 / /proc rw - proc proc rw\n4 5 0:6 / {top} rw - cgroup2 cgroup2 rw\n", encoding="utf-8")
    membership.write_text("9:name=systemd:/\n0::/callboard.service\n", encoding="utf-8")
    (home / "cgroup.controllers").write_text("cpu memory pids", encoding="utf-8")
    for name in ("cgroup.procs", "cgroup.subtree_control"):
        (home / name).touch()
    (home / "server").mkdir()
    (home / "server/cgroup.procs").touch()
    return home, mounts, membership


def test_found(mounted: tuple[Path, Path, Path]) -> None:
    """The server makes room for its trees: it goes aside, and shares the controllers out."""
    home, mounts, membership = mounted
    assert find_group_home(mounts, membership) == GroupHome(home)
    assert (home / "server/cgroup.procs").read_text(encoding="utf-8") == str(os.getpid())
    assert (home / "cgroup.subtree_control").read_text(encoding="utf-8") == "+memory +pids +cpu"


def test_found_from_aside(mounted: tuple[Path, Path, Path]) -> None:
    """A server that is already aside finds the same place."""
    home, mounts, membership = mounted
    membership.write_text("0::/callboard.service/server\n", encoding="utf-8")
    assert find_group_home(mounts, membership) == GroupHome(home)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("mountinfo", "1 2 0:3 / /proc rw - proc proc rw\n", "no version 2 control groups are mounted"),
        ("top/callboard.service/cgroup.controllers", "cpu hugetlb", "has no memory and no pids controller"),
        ("cgroup", "0::/elsewhere\n", "cannot be used: No such file"),
    ],
)
def test_not_found(mounted: tuple[Path, Path, Path], tmp_path: Path, name: str, text: str, reason: str) -> None:
    """What is in the way is named."""
    _, mounts, membership = mounted
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = find_group_home(mounts, membership)
    assert isinstance(found, str)
    assert reason in found


def test_it_goes_back_when_the_group_is_not_its_own(mounted: tuple[Path, Path, Path]) -> None:
    """When the controllers cannot be shared out, the server is where it was."""
    home, mounts, membership = mounted
    (home / "cgroup.subtree_control").unlink()
    assert isinstance(find_group_home(mounts, membership), str)
    assert (home / "cgroup.procs").read_text(encoding="utf-8") == str(os.getpid())


def test_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree's group gets its limits, and is removed."""
    real = Path.mkdir

    def mkdir(path: Path) -> None:
        real(path)
        for name in ("memory.max", "pids.max", "cpu.max", "memory.oom.group"):
            (path / name).touch()

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with GroupHome(tmp_path).group(TreeLimits(memory=7, processes=5)) as group:
        said = {path.name: path.read_text(encoding="utf-8") for path in group.iterdir()}
        assert said == {"memory.max": "7", "pids.max": "5", "memory.oom.group": "1", "cpu.max": "200000 100000"}
        for path in group.iterdir():
            path.unlink()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real
async def test_a_tree_joins_its_group(root: Path, tmp_path: Path, watchdog: Watchdog) -> None:
    """What is started at L3 puts itself into the group before anything of it runs."""
    if finding().level < Level.L2:
        needs.missing("this machine has no L2: `callboard doctor` says why")
    sandbox = Sandbox(Level.L3, spawn, watchdog, GroupHome(tmp_path))
    async with sandbox.open(["true"], Confinement(root), owner="x") as confined:
        assert (await confined.wait()).ok
    assert joined(tmp_path) == ["0\n"]


def joined(home: Path) -> list[str]:
    """Return what was written into the groups of a home."""
    return [path.read_text(encoding="utf-8") for path in home.glob("tree-*/cgroup.procs")]
