"""A tree that does not want to end."""

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from actors.processes import sweep as sweeping
from actors.processes.sweep import SweepReport
from actors.processes.tree import Tree
from tests.actors.processes.conftest import OpenTree
from tests.actors.processes.programs import FAMILY, LONGEST_S, alive, gone, marked, python
from tests.waiting import until

pytestmark = pytest.mark.real


async def family(tree: Tree) -> list[int]:
    """Return the pids that the program prints: itself, and two grandchildren that have left."""
    line = b""
    with trio.fail_after(10):
        while not line.endswith(b"\n"):
            line += await tree.stdout.receive_some()
    return [int(word) for word in line.split()]


async def test_stop(open_one: OpenTree) -> None:
    """Stopping ends all of it, also who has left and who does not listen to SIGTERM."""
    async with open_one(python(FAMILY, "wait"), grace=10.0) as tree:  # of which little is used
        pids = await family(tree)
        assert all(map(alive, pids))
        end = await tree.stop()
        assert not any(map(alive, pids))
        assert (end.signal, end.reaped, end.left, end.lost) == (signal.SIGTERM, 2, (), False)
        assert end.names
        with trio.fail_after(5):
            assert await tree.stdout.receive_some() == b""


async def test_leaving(open_one: OpenTree) -> None:
    """So does leaving the context, by an error too; the error is what comes out."""
    pids: list[int] = []

    async def fail() -> None:
        async with open_one(python(FAMILY, "wait")) as tree:
            pids.extend(await family(tree))
            raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        await fail()
    assert len(pids) == 3
    assert not any(map(alive, pids))


async def test_cancel(open_one: OpenTree) -> None:
    """So does cancelling."""
    with trio.CancelScope() as scope:
        async with open_one(python(FAMILY, "wait")) as tree:
            pids = await family(tree)
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert not any(map(alive, pids))


async def test_the_main_process_ends(open_one: OpenTree) -> None:
    """What the main process leaves behind ends with it, and its output is at its end then."""
    async with open_one(python(FAMILY, "exit")) as tree:
        pids = await family(tree)
        with trio.fail_after(5):
            end = await tree.wait()
            assert await tree.stdout.receive_some() == b""
        assert not any(map(alive, pids))
        assert (end.code, end.reaped) == (7, 2)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the reaper all the time that it needs, so that it is what ends the tree, however busy the machine is."""
    monkeypatch.setattr("actors.processes.tree.KILL_TIME", LONGEST_S)


@pytest.mark.usefixtures("patient")
async def test_it_ignores_sigterm(open_one: OpenTree) -> None:
    """Within two seconds also what ignores SIGTERM is gone, with the usual grace."""
    async with open_one(python(FAMILY, "stubborn"), grace=1.0) as tree:
        pids = await family(tree)
        begin = time.monotonic()
        end = await tree.stop()
        assert time.monotonic() - begin < 2.0
        assert not any(map(alive, pids))
        assert end.signal == signal.SIGKILL


async def test_it_may_clean_up(open_one: OpenTree, tmp_path: Path) -> None:
    """SIGTERM reaches it first, also when it is frozen, and its grace is its own."""
    script = "trap 'echo bye > bye; exit 5' TERM; echo ready; while :; do sleep 0.02; done"
    async with open_one(["sh", "-c", script], grace=5.0) as tree:
        await tree.stdout.receive_some()
        os.kill(tree.pid, signal.SIGSTOP)
        with trio.fail_after(4):
            end = await tree.stop()
    assert end.code == 5
    assert (tmp_path / "bye").read_text(encoding="utf-8") == "bye\n"


@pytest.mark.usefixtures("patient")
async def test_no_grace(open_one: OpenTree) -> None:
    """Without a grace it is killed at once."""
    async with open_one(["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done"]) as tree:
        await tree.stdout.receive_some()
        assert (await tree.stop(grace=0)).signal == signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
async def test_the_reaper_does_not_mind(open_one: OpenTree, number: signal.Signals) -> None:
    """A signal that is meant for the server does not end the reaper."""
    async with open_one(["cat"], stdin=-1) as tree:
        os.kill(tree.reaper_pid, number)
        assert os.getsid(tree.reaper_pid) == tree.reaper_pid
        assert tree.stdin is not None
        await tree.stdin.aclose()
        assert (await tree.wait()).ok
        assert tree.exit is not None
        assert not tree.exit.lost


async def test_the_reaper_is_killed(open_one: OpenTree) -> None:
    """When somebody kills the reaper, the server notices and ends the tree itself."""
    async with open_one(python(FAMILY, "stubborn")) as tree:
        pids = await family(tree)
        os.kill(tree.reaper_pid, signal.SIGKILL)
        with trio.fail_after(5):
            end = await tree.wait()
        await gone(*pids)
        assert (end.lost, end.code, str(end)) == (True, None, "ended in an unknown way")
        assert await tree.stop() == end


async def test_the_reaper_is_frozen(open_one: OpenTree) -> None:
    """A reaper that somebody stopped is woken, and does its work."""
    async with open_one(python(FAMILY, "stubborn")) as tree:
        pids = await family(tree)
        os.kill(tree.reaper_pid, signal.SIGSTOP)
        with trio.fail_after(5):
            await tree.stop()
    await gone(*pids, tree.reaper_pid)


async def test_the_reaper_does_not_answer(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reaper that takes no commands, however woken, is ended with its tree."""
    async with open_one(python(FAMILY, "stubborn")) as tree:
        pids = await family(tree)
        monkeypatch.setattr(tree._process, "send_signal", lambda _: None)
        os.kill(tree.reaper_pid, signal.SIGSTOP)
        with trio.fail_after(5):
            end = await tree.stop()
        assert end.lost
        await gone(*pids, tree.reaper_pid)


async def test_a_slow_reaper_has_the_last_word(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was given up and does its work meanwhile: what it says of the end is known, and nothing is lost."""
    async with open_one(["cat"], stdin=-1) as tree:

        def looks(*_of: object, **_more: object) -> SweepReport:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with suppress(BlockingIOError):
                    if b"gone" in tree._control.recv(1000, socket.MSG_PEEK):
                        return SweepReport()
                time.sleep(0.01)  # in a thread, until the reaper has said so
            raise AssertionError

        monkeypatch.setattr("actors.processes.tree.KILL_TIME", 0.0)
        monkeypatch.setattr("actors.processes.tree.end_tree", looks)
        end = await tree.stop(grace=0)
        assert (end.signal, end.lost) == (signal.SIGKILL, False)


STORM = """
import os, time
for n in range(200):
    if os.fork() == 0:
        if n % 2:
            os.setsid()
        time.sleep(60)  # it has to be ended
        os._exit(0)
print("ready", flush=True)
time.sleep(60)  # it has to be ended
"""

BREEDERS = """
import os, time
for n in range(6):
    if os.fork() == 0:
        # A process that is somebody else each time one looks; at most so many, so that a failure of the test ends.
        for hop in range(20000):
            if os.fork():
                os._exit(0)
        os._exit(0)
print("ready", flush=True)
time.sleep(60)  # it has to be ended
"""


@pytest.mark.parametrize("program", [STORM, BREEDERS], ids=["many", "hopping"])
async def test_a_storm_of_forks(open_one: OpenTree, data_id: str, program: str) -> None:
    """Hundreds of processes, or ones that fork away all the time, are ended too."""
    async with open_one(python(program), grace=0) as tree:
        with trio.fail_after(10):
            await tree.stdout.receive_some()
        end = await tree.stop()
    await until(lambda: not marked(data_id))
    assert end.reaped > 0


async def test_no_program_is_left_however_it_is_cancelled(open_one: OpenTree, data_id: str, tmp_path: Path) -> None:
    """Cancelling at each step of the life of a tree leaves no process and no record."""
    records = tmp_path / "records"

    class CancelAt(trio.abc.Instrument):
        """Cancels a scope at the nth step that the tested task takes."""

        def __init__(self, steps: int) -> None:
            self.steps = steps
            self.scope = trio.CancelScope()
            self.task = trio.lowlevel.current_task()

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            if task is self.task:
                self.steps -= 1
                if self.steps == 0:
                    self.scope.cancel()

    for steps in range(1, 60):
        instrument = CancelAt(steps)
        trio.lowlevel.add_instrument(instrument)
        with instrument.scope:
            async with open_one(["sh", "-c", "echo x; exec sleep 60"], records=records, grace=0.01) as tree:
                await tree.stdout.receive_some()
                await tree.stop()
        trio.lowlevel.remove_instrument(instrument)
        assert marked(data_id) == []
        assert list(records.glob("*")) == []
        if instrument.steps > 0:
            break
    else:
        pytest.fail("a tree takes more steps than this test allows for")
    assert steps > 5


async def test_force_is_bounded(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no signal ends is reported as left, in bounded time."""
    async with open_one(["sleep", "60"]) as tree:
        with monkeypatch.context() as patch:
            patch.setattr(sweeping, "send", lambda *_: False)
            report = await trio.to_thread.run_sync(lambda: sweeping.end_tree(tree.marker, tree.pid, seconds=0.05))
        assert sorted(report.left) == sorted([f"sleep[{tree.pid}]", f"python[{tree.reaper_pid}]"])
        assert report.ended == ()
        assert "still there" in str(report)
