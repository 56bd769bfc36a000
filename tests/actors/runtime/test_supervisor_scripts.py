"""Supervisors against a model: generated crash scripts, and a cancellation at every step of a run."""

import heapq
import sys
from dataclasses import dataclass
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from actors.runtime.errors import RestartIntensityExceeded
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.runtime.children import Life, Scripted, spec

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

HORIZON = 1000


@dataclass(frozen=True)
class Plan:
    """One child: its type, and the lives before the endless one."""

    restart: Restart
    lives: tuple[Life, ...]


@dataclass(frozen=True)
class Result:
    """What came of a run: how often each was started, who was stopped in which order, if it was given up, and when."""

    starts: tuple[int, ...]
    stopped: tuple[str, ...]
    gave_up: bool
    time: float


class Stoppable(Scripted):
    """Writes down when it was cancelled."""

    def __init__(self, name: str, lives: tuple[Life, ...], stopped: list[str]) -> None:
        super().__init__(name, [], lives)
        self._stopped = stopped

    async def __call__(self, *, task_status: "trio.TaskStatus[Any]") -> None:
        """Live one life."""
        try:
            await super().__call__(task_status=task_status)
        except trio.Cancelled:
            self._stopped.append(self.name)
            raise


def _apart(drawn: list[Plan]) -> list[Plan]:
    """Let each child's lives end at times of its own, so that the order is not a matter of chance."""
    return [
        Plan(
            plan.restart, tuple(Life(life.seconds + (0 if k else n), life.crashes) for k, life in enumerate(plan.lives))
        )
        for n, plan in enumerate(drawn)
    ]


def plans() -> st.SearchStrategy[list[Plan]]:
    """Up to four children with up to five lives each."""
    life = st.builds(Life, st.integers(1, 6).map(lambda n: n * 16), st.booleans())
    plan = st.builds(Plan, st.sampled_from(Restart), st.lists(life, max_size=5).map(tuple))
    return st.lists(plan, max_size=4).map(_apart)


def model(children: list[Plan], intensity: int, period: int) -> Result:
    """What should come of a run, in plain code."""
    starts = [1] * len(children)
    alive = list(range(len(children)))
    ends = [(plan.lives[0].seconds, n) for n, plan in enumerate(children) if plan.lives]
    heapq.heapify(ends)
    restarts: list[float] = []
    while ends:
        now, n = heapq.heappop(ends)
        plan = children[n]
        crashed = plan.lives[starts[n] - 1].crashes
        if plan.restart is Restart.TEMPORARY or (plan.restart is Restart.TRANSIENT and not crashed):
            alive.remove(n)
            continue
        restarts.append(now)
        if sum(time > now - period for time in restarts) > intensity:
            alive.remove(n)
            return Result(tuple(starts), tuple(str(m) for m in reversed(alive)), gave_up=True, time=now)
        starts[n] += 1
        if starts[n] <= len(plan.lives):
            heapq.heappush(ends, (now + plan.lives[starts[n] - 1].seconds, n))
    return Result(tuple(starts), tuple(str(m) for m in reversed(alive)), gave_up=False, time=HORIZON)


async def run(children: list[Plan], intensity: int, period: int) -> Result:
    """What does come of it."""
    stopped: list[str] = []
    bodies = [Stoppable(str(n), plan.lives, stopped) for n, plan in enumerate(children)]
    gave_up = False
    try:
        async with open_supervisor("top", intensity=intensity, period=period) as supervisor:
            for body, plan in zip(bodies, children):
                await supervisor.start(spec(body, plan.restart))
            await trio.sleep(HORIZON)  # on a clock that jumps
    except BaseExceptionGroup as group:
        gave_up = group.subgroup(RestartIntensityExceeded) is not None
        assert gave_up
    assert supervisor.children == ()
    return Result(tuple(body.starts for body in bodies), tuple(stopped), gave_up, trio.current_time())


@settings(deadline=None, max_examples=150)
@given(children=plans(), intensity=st.integers(0, 4), period=st.integers(1, 100))
def test_a_crash_script_goes_as_the_model_says(children: list[Plan], intensity: int, period: int) -> None:
    """Starts, the order of the stop, and the moment of giving up."""
    result = trio.run(run, children, intensity, period, clock=MockClock(autojump_threshold=0))
    assert result == model(children, intensity, period)


class CancelAtStep(trio.abc.Instrument):
    """Cancels a scope before the n-th step that any task takes."""

    def __init__(self, scope: trio.CancelScope, step: int) -> None:
        self._scope = scope
        self._left = step

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count down."""
        self._left -= 1
        if self._left == 0:
            self._scope.cancel()


async def _tree(log: list[str]) -> None:
    """A tree with a nested supervisor, a restart, a stop of one child and a slow end."""

    async def lower(*, task_status: "trio.TaskStatus[Any]") -> None:
        async with open_supervisor("lower") as supervisor:
            await supervisor.start(spec(Scripted("x", log, [Life(1)])))
            await supervisor.start(spec(Scripted("y", log, stop=1)))
            task_status.started(supervisor)
            await trio.sleep_forever()

    async with open_supervisor("upper") as supervisor:
        await supervisor.start(spec(Scripted("a", log, boot=1)))
        await supervisor.start(ChildSpec("lower", lower))
        await supervisor.start(spec(Scripted("b", log, [Life(1)])))
        await trio.sleep(3)  # on a clock that jumps
        await supervisor.stop("b")
    log.append("done")


async def _cancelled_tree(step: int) -> list[str]:
    log: list[str] = []
    with trio.fail_after(1000), trio.CancelScope() as scope:
        instrument = CancelAtStep(scope, step)
        trio.lowlevel.add_instrument(instrument)
        try:
            await _tree(log)
        finally:
            trio.lowlevel.remove_instrument(instrument)
    return log


def test_a_cancellation_at_any_step_leaves_nothing_behind() -> None:
    """Whatever was started has ended, the younger before the older, and the run comes to its end."""
    for step in range(1, 1000):
        log = trio.run(_cancelled_tree, step, clock=MockClock(autojump_threshold=0))
        started = [line[1:] for line in log if line[0] == "+"]
        ended = [line[1:] for line in log if line[0] == "-"]
        assert sorted(started) == sorted(ended), f"step {step}: {log}"
        last = {name: len(log) - log[::-1].index(f"-{name}") for name in ended}
        order = sorted(set(ended) - {"b"}, key=lambda name: last[name], reverse=True)
        assert order == [name for name in ("a", "x", "y") if name in last], f"step {step}: {log}"
        if log[-1:] == ["done"]:
            assert step > 20
            return
    pytest.fail("the run never came to its end")
