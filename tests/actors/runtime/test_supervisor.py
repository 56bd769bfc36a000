"""Supervisors: boot, restart, escalation and the ordered stop."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.runtime.errors import ActorStopped, Conflict, RestartIntensityExceeded
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.runtime.children import Life, Scripted, spec

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup


def leaves(error: BaseException) -> list[BaseException]:
    """The exceptions in a group, however deep."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in leaves(part)]
    return [error]


@contextmanager
def failing(kind: type[BaseException]) -> Iterator[list[BaseException]]:
    """Expect one error of that kind, in a group."""
    caught: list[BaseException] = []
    try:
        yield caught
    except BaseExceptionGroup as group:
        caught.extend(leaves(group))
    assert [type(error) for error in caught] == [kind]


@pytest.mark.parametrize(
    ("restart", "crashes", "starts"),
    [
        (Restart.PERMANENT, True, 2),
        (Restart.PERMANENT, False, 2),
        (Restart.TRANSIENT, True, 2),
        (Restart.TRANSIENT, False, 1),
        (Restart.TEMPORARY, True, 1),
        (Restart.TEMPORARY, False, 1),
    ],
)
async def test_restart_types(autojump_clock: MockClock, restart: Restart, crashes: bool, starts: int) -> None:
    """What is started again, and what is forgotten."""
    child = Scripted("a", [], [Life(1, crashes)])
    async with open_supervisor("top") as supervisor:
        assert await supervisor.start(spec(child, restart)) == "a"
        await trio.sleep(2)  # on a clock that jumps
        assert supervisor.children == (("a",) if starts == 2 else ())
    assert child.starts == starts


async def test_a_name_is_free_after_its_child_has_ended(autojump_clock: MockClock) -> None:
    """A running name is refused, an ended one is not."""
    log: list[str] = []
    async with open_supervisor("top") as supervisor:
        await supervisor.start(spec(Scripted("a", log, [Life(1, crashes=False)]), Restart.TEMPORARY))
        with pytest.raises(Conflict, match="runs already"):
            await supervisor.start(spec(Scripted("a", log)))
        await trio.sleep(2)  # on a clock that jumps
        await supervisor.start(spec(Scripted("a", log)))
    assert log == ["+a", "-a", "+a", "-a"]


async def test_failing_to_boot_raises_in_the_starter() -> None:
    """It is the starter's business, as itself, not in a group, and nothing is restarted."""
    starts = 0

    async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
        nonlocal starts
        starts += 1
        await trio.lowlevel.checkpoint()
        raise ValueError("no boot")

    async with open_supervisor("top") as supervisor:
        with pytest.raises(ValueError, match="no boot"):
            await supervisor.start(ChildSpec("a", run))
        assert supervisor.children == ()
    assert starts == 1


async def test_ending_before_the_boot_raises_in_the_starter() -> None:
    """A child that returns without a word never booted."""

    async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
        await trio.lowlevel.checkpoint()

    async with open_supervisor("top") as supervisor:
        with pytest.raises(ActorStopped, match="before it had booted"):
            await supervisor.start(ChildSpec("a", run))
        assert supervisor.children == ()


async def test_a_boot_is_cancelled_with_its_starter(autojump_clock: MockClock) -> None:
    """The starter's deadline ends the boot, and the name is free again."""
    log: list[str] = []
    async with open_supervisor("top") as supervisor:
        with trio.move_on_after(1) as scope:
            await supervisor.start(spec(Scripted("a", log, boot=60)))
        assert scope.cancelled_caught
        assert supervisor.children == ()
        await supervisor.start(spec(Scripted("a", log)))
    assert log == ["+a", "-a", "+a", "-a"]


async def test_a_boot_is_stopped_with_its_supervisor(autojump_clock: MockClock) -> None:
    """Who waits for the boot learns that it will not come."""
    log: list[str] = []
    answers: list[str] = []
    async with trio.open_nursery() as nursery, open_supervisor("top") as supervisor:

        async def starter() -> None:
            with pytest.raises(ActorStopped):
                await supervisor.start(spec(Scripted("a", log, boot=60)))
            answers.append("refused")

        nursery.start_soon(starter)
        await wait_all_tasks_blocked()
    assert log == ["+a", "-a"]
    assert answers == ["refused"]


async def test_a_failed_restart_counts_as_a_crash(autojump_clock: MockClock) -> None:
    """A child that no longer boots is tried again until the intensity is used up."""
    lives = 0

    async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
        nonlocal lives
        lives += 1
        if lives == 1:
            task_status.started()
        await trio.sleep(0.1)  # on a clock that jumps
        raise OSError("gone")

    with failing(RestartIntensityExceeded):
        async with open_supervisor("top", intensity=3) as supervisor:
            await supervisor.start(ChildSpec("a", run))
            await trio.sleep_forever()
    assert lives == 4


async def test_giving_up_stops_the_others_in_order_and_goes_up(autojump_clock: MockClock) -> None:
    """The error comes out of the block in a group, after the ordered stop, and the block was cancelled."""
    log: list[str] = []
    with failing(RestartIntensityExceeded):
        async with open_supervisor("top", intensity=1) as supervisor:
            await supervisor.start(spec(Scripted("a", log)))
            await supervisor.start(spec(Scripted("b", log, [Life(1), Life(1)])))
            await supervisor.start(spec(Scripted("c", log, stop=1)))
            await trio.sleep_forever()
    assert log == ["+a", "+b", "+c", "-b", "+b", "-b", "-c", "-a"]


async def test_failure_escalates_through_a_nested_supervisor(autojump_clock: MockClock) -> None:
    """The upper supervisor restarts the lower one, until its own intensity is used up."""
    log: list[str] = []

    async def lower(*, task_status: "trio.TaskStatus[Any]") -> None:
        async with open_supervisor("lower", intensity=1) as supervisor:
            await supervisor.start(spec(Scripted("x", log, [Life(1), Life(1)])))
            task_status.started(supervisor)
            await trio.sleep_forever()

    with failing(RestartIntensityExceeded) as caught:
        async with open_supervisor("upper", intensity=1) as supervisor:
            await supervisor.start(ChildSpec("lower", lower))
            await trio.sleep_forever()
    (error,) = caught
    assert isinstance(error, RestartIntensityExceeded)
    assert error.problem == "lower failed too often under upper."
    assert log == ["+x", "-x"] * 4


async def test_stop_of_one_child(autojump_clock: MockClock) -> None:
    """It is cancelled, not restarted, and the others go on."""
    log: list[str] = []
    async with open_supervisor("top") as supervisor:
        for name in "ab":
            await supervisor.start(spec(Scripted(name, log)))
        assert await supervisor.stop("a")
        assert await supervisor.stop("a")
        assert supervisor.children == ("b",)
        assert log == ["+a", "+b", "-a"]


async def test_stop_says_when_a_child_is_late(autojump_clock: MockClock) -> None:
    """False after the deadline, True once it has ended."""
    async with open_supervisor("top") as supervisor:
        await supervisor.start(spec(Scripted("a", [], stop=3), stop_timeout=1))
        assert not await supervisor.stop("a")
        assert trio.current_time() == 1
        assert await supervisor.stop("a") is False
        await trio.sleep(1.5)  # on a clock that jumps
        assert await supervisor.stop("a")


async def test_a_crash_while_stopping_is_not_restarted(autojump_clock: MockClock) -> None:
    """A clean-up that fails is logged and nothing more."""
    starts = 0

    async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
        nonlocal starts
        starts += 1
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            raise RuntimeError("clean-up")

    async with open_supervisor("top") as supervisor:
        await supervisor.start(ChildSpec("a", run))
        assert await supervisor.stop("a")
        await supervisor.start(ChildSpec("a", run))
    assert starts == 2


async def test_a_child_that_is_late_delays_only_itself(autojump_clock: MockClock) -> None:
    """The next one is stopped after the deadline; the block waits for all."""
    log: list[str] = []
    ends: dict[str, float] = {}

    class Timed(Scripted):
        """Notes when it ended."""

        async def __call__(self, *, task_status: "trio.TaskStatus[Any]") -> None:
            """Live, and note the end."""
            try:
                await super().__call__(task_status=task_status)
            finally:
                ends[self.name] = trio.current_time()

    async with open_supervisor("top") as supervisor:
        await supervisor.start(spec(Timed("a", log, stop=1)))
        await supervisor.start(spec(Timed("late", log, stop=60), stop_timeout=2))
        await supervisor.start(spec(Timed("c", log, stop=1)))
    assert ends == {"c": 1, "a": 4, "late": 61}


async def test_cancellation_from_outside_stops_in_order_too(autojump_clock: MockClock) -> None:
    """Each child is cancelled only when the younger ones have ended."""
    log: list[str] = []
    with trio.move_on_after(5):
        async with open_supervisor("top") as supervisor:
            for name in "abc":
                await supervisor.start(spec(Scripted(name, log, stop=1)))
            await trio.sleep_forever()
    assert log == ["+a", "+b", "+c", "-c", "-b", "-a"]
    assert trio.current_time() == 8


async def test_an_error_in_the_block_stops_in_order_too(autojump_clock: MockClock) -> None:
    """The block's own error comes out alone."""
    log: list[str] = []
    with failing(KeyError):
        async with open_supervisor("top") as supervisor:
            for name in "ab":
                await supervisor.start(spec(Scripted(name, log)))
            raise KeyError("mine")
    assert log == ["+a", "+b", "-b", "-a"]


async def test_start_is_refused_while_stopping(autojump_clock: MockClock) -> None:
    """A child that starts another one at its end does not keep the tree alive."""
    refused: list[str] = []
    async with open_supervisor("top") as supervisor:

        async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
            task_status.started()
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                    with pytest.raises(Conflict, match="is stopping"):
                        await supervisor.start(spec(Scripted("b", [])))
                    refused.append("b")

        await supervisor.start(ChildSpec("a", run))
    with pytest.raises(Conflict, match="is stopping"):
        await supervisor.start(spec(Scripted("c", [])))
    assert refused == ["b"]


async def test_opening_in_a_cancelled_scope_does_not_hang(autojump_clock: MockClock) -> None:
    """The cancellation may come at the very moment of opening."""
    with trio.fail_after(60):
        with trio.CancelScope() as scope:
            scope.cancel()
            async with open_supervisor("top") as supervisor:
                await supervisor.start(spec(Scripted("a", [])))
        assert scope.cancelled_caught
