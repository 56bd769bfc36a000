"""A supervisor under rules in any order, beside a model of it in plain code.

Children are started, end, crash, are stopped, and time passes; at each step the children that run, the restarts, the
order of a stop, what is reported and the moment of giving up are what the model says.
"""

import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Union

import outcome
import trio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.runtime.errors import ActorStopped, Conflict, RestartIntensityExceeded
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

NAMES = st.sampled_from("abcd")
STOP_TIMEOUT = 2.0


class Bug(Exception):
    """What a child crashes with."""


@dataclass
class Body:
    """A child that does what it is told.

    Attributes:
        name: Its own.
        log: What happens to all.
        slow: Seconds that it takes to end when it is cancelled.
        lives: How often it was started.
        running: Whether it runs.
    """

    name: str
    log: list[str]
    slow: float
    lives: int = 0
    running: bool = False
    order: "trio.MemorySendChannel[bool]" = field(init=False)

    async def run(self, *, task_status: "trio.TaskStatus[Any]") -> None:
        """Live until it is told to end, or to crash."""
        self.order, orders = trio.open_memory_channel[bool](1)
        self.lives += 1
        self.running = True
        try:
            task_status.started(self.lives)
            if await orders.receive():
                raise Bug(self.name)
        except trio.Cancelled:
            with trio.move_on_after(self.slow + 1, shield=True):
                await trio.sleep(self.slow)  # on a clock that jumps
            raise
        finally:
            self.running = False
            self.log.append(self.name)


@dataclass
class Expected:
    """A child, as the model sees it."""

    restart: Restart
    body: Body
    lives: int = 1


class Loop:
    """A trio run in a thread of its own, which goes on between rules: each has something done in it."""

    def __init__(self) -> None:
        self.nursery: trio.Nursery
        self._ready = threading.Event()
        self._end: outcome.Maybe[None]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    def call(self, function: Callable[[], Awaitable[Any]]) -> Any:
        """Do it in the run, until everything in there waits again."""
        return trio.from_thread.run(self._do, function, trio_token=self._token)

    def close(self) -> None:
        """End the run, which ends by itself when nothing is left in it; what a task has raised is raised here."""
        trio.from_thread.run_sync(self._leave.set, trio_token=self._token)
        self._thread.join(30)
        assert not self._thread.is_alive(), "something is left in the run"
        self._end.unwrap()

    def _run(self) -> None:
        # With a threshold of 0 the run would be busy while it waits for the test, and hold it up.
        self._end = outcome.capture(partial(trio.run, self._main, clock=MockClock(autojump_threshold=0.001)))

    async def _main(self) -> None:
        self._token, self._leave = trio.lowlevel.current_trio_token(), trio.Event()
        async with trio.open_nursery() as self.nursery:
            self._ready.set()
            await self._leave.wait()

    async def _do(self, function: Callable[[], Awaitable[Any]]) -> Any:
        result = await function()
        await wait_all_tasks_blocked()
        return result


class SupervisorMachine(RuleBasedStateMachine):
    """The rules. What is expected is written down before each call, and compared after it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = Loop()
        self.supervisor: Supervisor
        self.children: dict[str, Expected] = {}
        self.log: list[str] = []
        self.expected_log: list[str] = []
        self.restarts: list[float] = []
        self.over = False
        self.gave_up = False
        self.outcome: Union[BaseException, str] = "open"
        self.leave: trio.Event

    @initialize(intensity=st.integers(0, 3), period=st.sampled_from([5.0, 20.0]))
    def open(self, intensity: int, period: float) -> None:
        """Open a supervisor."""
        self.intensity, self.period = intensity, period
        self.loop.call(self._open)

    @precondition(lambda self: not self.over)
    @rule(name=NAMES, restart=st.sampled_from(Restart), slow=st.sampled_from([0.0, 1.0, 3.5]))
    def start(self, name: str, restart: Restart, slow: float) -> None:
        """Start a child; a name that is taken is refused."""
        body = Body(name, self.log, slow)
        found = self._try(partial(self.supervisor.start, ChildSpec(name, body.run, restart, STOP_TIMEOUT)))
        if name in self.children:
            assert isinstance(found, Conflict)
            assert body.lives == 0
        else:
            assert found == 1, "not what it gave when it had booted"
            self.children[name] = Expected(restart, body)

    @precondition(lambda self: not self.over)
    @rule(raises=st.booleans())
    def start_one_that_does_not_boot(self, raises: bool) -> None:
        """It is reported to who starts it, and to nobody else; it is never started again."""

        async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
            del task_status
            await trio.lowlevel.checkpoint()
            if raises:
                raise Bug

        found = self._try(partial(self.supervisor.start, ChildSpec("no boot", run)))
        assert isinstance(found, Bug if raises else ActorStopped)

    @precondition(lambda self: self.children and not self.over)
    @rule(data=st.data(), crashes=st.booleans())
    def end(self, data: st.DataObject, crashes: bool) -> None:
        """A child ends by itself, or crashes."""
        name = data.draw(st.sampled_from(sorted(self.children)))
        child = self.children[name]
        now = self.loop.call(partial(self._tell, child, crashes))
        self.expected_log.append(name)
        if child.restart is Restart.TEMPORARY or (child.restart is Restart.TRANSIENT and not crashes):
            del self.children[name]
            return
        self.restarts.append(now)
        if sum(time > now - self.period for time in self.restarts) <= self.intensity:
            child.lives += 1
            return
        del self.children[name]
        self.gave_up = True
        self._stopped_all()

    @precondition(lambda self: not self.over)
    @rule(name=NAMES)
    def stop(self, name: str) -> None:
        """Stop a child; one that takes too long is said to, and ends when it does."""
        child = self.children.pop(name, None)
        ended = self.loop.call(partial(self._stop, name))
        assert ended is (child is None or child.body.slow <= STOP_TIMEOUT)
        if child is not None:
            self.expected_log.append(name)

    @precondition(lambda self: not self.over)
    @rule(seconds=st.sampled_from([1, 6, 25]))
    def let_time_pass(self, seconds: int) -> None:
        """So that restarts are forgotten."""
        self.loop.call(partial(trio.sleep, seconds))  # on a clock that jumps

    @precondition(lambda self: self.children and not self.over)
    @rule()
    def close(self) -> None:
        """Leave the block: all are stopped."""
        self.loop.call(self._leave)
        self._stopped_all()

    @precondition(lambda self: self.over)
    @rule()
    def open_another(self) -> None:
        """The end of one is no end of what can be opened."""
        self.over = self.gave_up = False
        self.restarts, self.outcome = [], "open"
        self.loop.call(self._open)

    @invariant()
    def is_what_the_model_says(self) -> None:
        """Who runs, in which order they were started, how often each was, and what became of the whole."""
        if not hasattr(self, "supervisor"):
            return
        assert self.supervisor.children == tuple(self.children)
        for child in self.children.values():
            assert (child.body.running, child.body.lives) == (True, child.lives)
        assert self.log == self.expected_log
        if not self.over:
            assert self.outcome == "open"
        elif self.gave_up:
            assert isinstance(self.outcome, RestartIntensityExceeded)
            assert self.outcome.hint
        else:
            assert self.outcome == "closed"

    def teardown(self) -> None:
        """Leave, if that was not done, and end the run: nothing is left in it, or it would not end."""
        if hasattr(self, "supervisor") and not self.over:
            self.loop.call(self._leave)
            self._stopped_all()
            self.is_what_the_model_says()
        self.loop.close()

    def _stopped_all(self) -> None:
        """The youngest first; one that takes too long lets the next one begin, and ends after it."""
        order, clock, ends = list(reversed(list(self.children.values()))), 0.0, []
        for place, child in enumerate(order):
            ends.append((clock + child.body.slow, place, child.body.name))
            clock += min(child.body.slow, STOP_TIMEOUT)
        self.expected_log.extend(name for _, _, name in sorted(ends))
        self.children.clear()
        self.over = True

    def _try(self, function: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return self.loop.call(function)
        except (Conflict, ActorStopped, Bug) as error:
            return error

    async def _open(self) -> None:
        self.leave = trio.Event()
        opened = trio.Event()
        self.loop.nursery.start_soon(self._hold, opened)
        await opened.wait()

    async def _hold(self, opened: trio.Event) -> None:
        try:
            async with open_supervisor("top", intensity=self.intensity, period=self.period) as self.supervisor:
                opened.set()
                await self.leave.wait()
            self.outcome = "closed"
        except BaseExceptionGroup as group:
            [self.outcome] = group.exceptions

    async def _leave(self) -> None:
        self.leave.set()
        await trio.sleep(20)  # on a clock that jumps: longer than all need to end

    async def _stop(self, name: str) -> bool:
        ended = await self.supervisor.stop(name)
        await trio.sleep(2)  # on a clock that jumps: one that took too long has ended now
        return ended

    async def _tell(self, child: Expected, crashes: bool) -> float:
        now = trio.current_time()
        child.body.order.send_nowait(crashes)
        await wait_all_tasks_blocked()
        if self.supervisor.children != tuple(self.children):
            await trio.sleep(20)  # on a clock that jumps: when it gives up, the others need their time
        return now


SupervisorMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)
TestSupervisor = SupervisorMachine.TestCase
