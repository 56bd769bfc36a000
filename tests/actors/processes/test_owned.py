"""What a server owns, and the bounds on it."""

import resource
from functools import partial
from pathlib import Path

import pytest

from actors.processes import owned as module
from actors.processes.environment import base_environment
from actors.processes.exits import StartFailed
from actors.processes.owned import Bound, Owned, look_at_crowd
from tests.waiting import until


@pytest.mark.real
async def test_a_tree_is_counted_while_it_lives(tmp_path: Path) -> None:
    """With its reaper and all below it; and not any more once nothing of it is left."""
    owned = Owned()
    assert len(owned) == 0
    opening = partial(owned.open, data_id="test", cwd=tmp_path, env=base_environment())
    async with opening(["sh", "-c", "sleep 60 & sleep 60 & wait"], owner="a") as tree:
        assert owned.reapers == [tree.reaper_pid]
        # The reaper, the shell and two that sleep.
        await until(lambda: look_at_crowd(owned.reapers).processes == 4, 20, "the processes")
    assert len(owned) == 0
    assert look_at_crowd(owned.reapers).processes == 0


@pytest.mark.real
async def test_one_that_cannot_be_started_is_not_counted(tmp_path: Path) -> None:
    """And says why, as ever."""
    owned = Owned()
    with pytest.raises(StartFailed, match="could not be"):
        async with owned.open(["/nowhere/x"], owner="a", data_id="test", cwd=tmp_path, env=base_environment()):
            pass
    assert len(owned) == 0


def group(directory: Path, most: str, now: int) -> None:
    """Write what a control group says of its bound."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pids.max").write_text(f"{most}\n", encoding="ascii")
    (directory / "pids.current").write_text(f"{now}\n", encoding="ascii")


def test_the_nearest_bound_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this process's group and of those around it; one that says `max` is none."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    own = next(iter(module._OF_PIDS.findall(Path("/proc/self/cgroup").read_text(encoding="utf-8"))), "/")
    place = tmp_path / own.lstrip("/")
    assert look_at_crowd([], tmp_path).bound is None
    group(place, "max", 9)
    assert look_at_crowd([], tmp_path).bound is None
    group(tmp_path, "100", 30)
    assert look_at_crowd([], tmp_path).bound == Bound(30, 100)


def test_the_bound_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against which all that is this user's counts, threads too."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1000, 1000))
    bound = look_at_crowd([], tmp_path).bound
    assert bound is not None
    assert bound.limit == 1000
    assert bound.used >= 1
