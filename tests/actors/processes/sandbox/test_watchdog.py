"""The watchdog's judgement; what it does to real trees is in `tests.attacks`."""

import errno
import logging
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.usage import TreeUsage
from actors.processes.sandbox.watchdog import OVERHEAD, Overrun, Watch, Watchdog, recount_after
from actors.runtime import threads
from tests.actors.processes.conftest import OpenTree
from tests.attacks.attempt import spawn
from tests.threadless import threadless
from tests.waiting import until


@pytest.mark.parametrize(
    ("overrun", "text"),
    [
        (Overrun("memory", 3 * 2**20, 2**20), "it used 3 MB of memory, and may use 1 MB"),
        (Overrun("seconds", 2.0, 1.5), "it ran for 1.5 seconds, which is as long as it may"),
        (Overrun("processes", 7, 5), "it had 7 processes, and may have 5"),
    ],
)
def test_words(overrun: Overrun, text: str) -> None:
    """An overrun is said in a way that a person understands."""
    assert str(overrun) == text


def test_counts_that_cost_little_are_frequent() -> None:
    """Others may free what a tree takes, so that nothing seems to happen."""
    assert [recount_after(spent) for spent in (0.0, 0.01, 0.1, 1.0)] == [2.0, 2.0, 20.0, 60.0]


@pytest.mark.real
async def test_judgement(open_one: OpenTree, tmp_path: Path) -> None:
    """The first thing that is over counts, and what the sandbox itself needs does not."""
    async with open_one(["sleep", "60"]) as tree:
        watch = Watch(tree, [tmp_path], TreeLimits(memory=100, processes=2))
        watch.take(TreeUsage(100, 2 + OVERHEAD, ()))
        assert watch.overrun is None
        watch.take(TreeUsage(101, 20, ()))
        watch.take(TreeUsage(0, 20, ()))
        assert watch.overrun == Overrun("memory", 101, 100)


@pytest.mark.real
async def test_counting_is_spared(open_one: OpenTree, tmp_path: Path) -> None:
    """Directories are counted when the file system lost as much as would be too much, and not before."""
    async with open_one(["sleep", "60"]) as tree:
        watch = Watch(tree, [tmp_path], TreeLimits(disk=1000, files=10))
        assert watch.must_count((10**6, 10**6))
        await watch.count(trio.CapacityLimiter(1))
        free = watch._free
        watch._not_before, watch._next_count = 0.0, float("inf")
        assert not watch.must_count(free)
        assert not watch.must_count((free[0] - 900, free[1] - 9))
        assert watch.must_count((free[0] - 1001, free[1]))
        assert watch.must_count((free[0], free[1] - 11))
        watch._not_before = trio.current_time() + 60
        assert not watch.must_count((0, 0))


@pytest.mark.real
async def test_nobody_watches(root: Path) -> None:
    """Without a watchdog nothing is started for long."""
    with pytest.raises(RuntimeError, match="does not run"):
        async with Sandbox(Level.L0, spawn, Watchdog()).open(["sleep", "60"], Confinement(root), owner="x"):
            pytest.fail("it ran")


async def test_a_level_without_its_groups() -> None:
    """L3 is refused where there is no place for control groups."""
    with pytest.raises(ValueError, match="control groups"):
        Sandbox(Level.L3, spawn, Watchdog())


@pytest.mark.real
@pytest.mark.parametrize(("tried", "level"), [(False, logging.INFO), (True, logging.DEBUG)])
async def test_an_end_is_in_the_log(
    watchdog: Watchdog, root: Path, caplog: pytest.LogCaptureFixture, tried: bool, level: int
) -> None:
    """With its reason; that of a program that is run to be ended only for who looks closely."""
    caplog.set_level(logging.DEBUG, logger="actors.processes.sandbox.watchdog")
    confinement = Confinement(root, tree=TreeLimits(seconds=0.2))
    sandbox = Sandbox(Level.L0, spawn, watchdog)
    async with sandbox.open(["sleep", "60"], confinement, owner="x", tried=tried) as confined:
        await confined.wait()
    assert [record.levelno for record in caplog.records if "ran for 0.2 seconds" in record.getMessage()] == [level]


@pytest.mark.real
async def test_it_rests(watchdog: Watchdog, open_one: OpenTree, tmp_path: Path) -> None:
    """It watches as long as it is told to, and then lets go."""
    async with open_one(["sleep", "60"]) as tree:
        with watchdog.watching(tree, [tmp_path], TreeLimits()) as watch:
            await until(lambda: bool(watch.usage.pids))
        assert not watchdog._watches


@pytest.mark.real
async def test_it_cannot_look(
    watchdog: Watchdog, open_one: OpenTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of descriptors for a while: it goes on, and watches again when there are some."""
    looked: list[bool] = []

    def refuse() -> None:
        looked.append(True)
        raise OSError(errno.EMFILE, "Too many open files")

    async with open_one(["sleep", "60"]) as tree:
        with monkeypatch.context() as patch:
            patch.setattr("actors.processes.sandbox.usage.read_table", refuse)
            with watchdog.watching(tree, [tmp_path], TreeLimits()) as watch:
                await until(lambda: len(looked) > 2)
                assert not watch.usage.pids
                patch.undo()
                await until(lambda: bool(watch.usage.pids))


@pytest.mark.real
async def test_it_has_no_thread_to_look_with(watchdog: Watchdog, open_one: OpenTree, tmp_path: Path) -> None:
    """Nor to count with: what is watched lives on, and is watched and counted when there is one."""
    async with open_one(["sleep", "60"]) as tree:
        with watchdog.watching(tree, [tmp_path], TreeLimits(disk=2**30)) as watch:
            await until(lambda: bool(watch.usage.pids))
            with threadless() as refused:
                watch._next_count = watch._not_before = 0.0
                await until(lambda: len(refused) > 3 * len(threads.PAUSES))
                watch.usage = TreeUsage(0, 0, ())
            await until(lambda: bool(watch.usage.pids))
            await until(lambda: watch._next_count > 0.0)
