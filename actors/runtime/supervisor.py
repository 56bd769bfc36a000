"""Supervisors: a nursery, and one guard task for each child that decides what its end means.

A child is an async function that calls `task_status.started(value)` when it has booted. Failing before that raises in
whoever starts it; failing after that is the supervisor's business. Children run behind a shield, so that a stop reaches
them one at a time, the youngest first, each with its deadline. Giving up is an exception in the parent: no callbacks.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Optional, Protocol

import trio

from actors.runtime.context import work_for
from actors.runtime.errors import ActorStopped, Conflict, RestartIntensityExceeded
from actors.runtime.figures import Counter
from actors.runtime.restart import Restart, RestartWindow

logger = logging.getLogger(__name__)


class Run(Protocol):
    """A child's body."""

    async def __call__(self, *, task_status: "trio.TaskStatus[Any]") -> None:
        """Boot, call `task_status.started(value)`, then work until done or cancelled."""


@dataclass(frozen=True)
class ChildSpec:
    """How to run one child.

    Attributes:
        name: Unique under its supervisor.
        run: Its body.
        restart: When it is started again.
        stop_timeout: Seconds that it has to end after it was cancelled, before the next child is stopped as well.
    """

    name: str
    run: Run
    restart: Restart = Restart.PERMANENT
    stop_timeout: float = 5.0


class _Child:
    """What a supervisor knows about a running child. It is the child's `task_status`, too: there may be very many.

    Args:
        spec: How to run it.

    Attributes:
        scope: Of the life that it has now.
        stopping: Whether it was told to end.
        restarts: How often it was started again.
        up: Whether it has booted, in any of its lives.
        value: What it gave to `started`.
        error: Why it did not boot.
        ended: Whether it has ended for good.
    """

    __slots__ = ("_news", "ended", "error", "restarts", "scope", "spec", "stopping", "up", "value")

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.scope = trio.CancelScope()
        self.stopping = self.up = self.ended = False
        self.restarts = 0
        self.value: Any = None
        self.error: Optional[Exception] = None
        self._news: Optional[trio.Event] = None  # made for who waits, which is nobody for most of its life

    def started(self, value: Any = None) -> None:  # noqa: ANN401 - a child's own type
        """Take the child's word that it has booted; after a restart it changes nothing."""
        if not self.up:
            self.up, self.value = True, value
            self._tell()

    def end(self) -> None:
        """Note that it has ended for good."""
        self.ended = True
        self._tell()

    def check(self) -> None:
        """Raise what kept it from booting."""
        if self.error is not None:
            raise self.error

    async def changed(self) -> None:
        """Wait until it has booted, or has ended, whichever comes next."""
        if self._news is None:
            self._news = trio.Event()
        await self._news.wait()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None


class Supervisor:
    """Starts, restarts and stops children. Opened by `open_supervisor`.

    Args:
        name: For the log.
        window: How often children may be restarted.
        restarts: Counts them.

    Attributes:
        restarts: The same.
    """

    def __init__(self, name: str, window: RestartWindow, restarts: Counter) -> None:
        self.name = name
        self._nursery: trio.Nursery  # where the guards run
        self._window = window
        self.restarts = restarts
        self._children: dict[str, _Child] = {}
        self._opened = trio.Event()
        self._stop = trio.Event()
        self._failure: Optional[RestartIntensityExceeded] = None

    @property
    def children(self) -> tuple[str, ...]:
        """The names of the children that run now, the oldest first."""
        return tuple(self._children)

    async def start(self, spec: ChildSpec) -> Any:  # noqa: ANN401 - what the child gave to `started`
        """Start a child and wait until it has booted.

        Returns:
            The value that the child gave to `task_status.started`.

        Raises:
            Conflict: A child of that name runs, or the supervisor is stopping.
            Exception: Whatever the child raised before it had booted.
        """
        if spec.name in self._children:
            raise Conflict(f"{spec.name} runs already.")
        if self._stop.is_set():
            raise Conflict(f"{self.name} is stopping.", hint="Try again when the server has started again.")
        child = self._children[spec.name] = _Child(spec)
        # Not `nursery.start`, which costs twice as much and keeps a second nursery for as long as the child lives.
        self._nursery.start_soon(self._guard, child, name=spec.name)
        try:
            await child.changed()
        except trio.Cancelled:
            with trio.CancelScope(shield=True):  # bounded by its `stop_timeout`
                await self._stop_child(child)
            child.check()
            raise
        child.check()
        if not child.up:
            raise ActorStopped(f"{spec.name} ended before it had booted.")
        return child.value

    async def stop(self, name: str) -> bool:
        """Cancel a child and wait for its end, as long as its `stop_timeout`.

        Returns:
            True when it has ended (or did not run).
        """
        child = self._children.get(name)
        return child is None or await self._stop_child(child)

    async def stop_all(self) -> None:
        """Stop all at once: where each has processes to end, one after the other would take too long."""
        async with trio.open_nursery() as nursery:
            for name in self.children:
                nursery.start_soon(self.stop, name)

    async def _stop_child(self, child: _Child) -> bool:
        child.stopping = True
        child.scope.cancel()
        with trio.move_on_after(child.spec.stop_timeout):
            while not child.ended:
                await child.changed()
            return True
        logger.error("%s/%s did not stop within %.1f s", self.name, child.spec.name, child.spec.stop_timeout)
        return False

    async def _guard(self, child: _Child) -> None:
        work_for(child.spec.name)
        try:
            while True:
                crashed = await self._run_once(child)
                if (
                    child.stopping
                    or self._stop.is_set()
                    or not child.up
                    or not child.spec.restart.applies(crashed=crashed)
                ):
                    return
                if not self._window.allows(trio.current_time()):
                    self._give_up(child)
                    return
                child.restarts += 1
                self.restarts.add()
                child.scope = trio.CancelScope()
                logger.warning("%s restarts %s (%d)", self.name, child.spec.name, child.restarts)
        finally:
            del self._children[child.spec.name]
            child.end()

    async def _run_once(self, child: _Child) -> bool:
        """Run the child to its end; True when it crashed after it had booted."""
        try:
            with child.scope:
                await child.spec.run(task_status=child)
        except Exception as error:
            if child.up:
                logger.exception("%s/%s crashed", self.name, child.spec.name)
            else:
                child.error = error  # for whoever starts it
            return child.up
        return False

    def _give_up(self, child: _Child) -> None:
        self._failure = RestartIntensityExceeded(
            f"{child.spec.name} failed too often under {self.name}.",
            hint="The server's log says why it failed each time.",
        )
        self._stop.set()

    async def _keep(self) -> None:
        """Wait for the order to stop, then stop all children, the youngest first."""
        await self._stop.wait()
        for name in reversed(self.children):
            await self.stop(name)
        self._nursery.cancel_scope.cancel()

    async def _run(self) -> None:
        # Bounded: `_keep` is always told to stop, and gives each child its deadline.
        with trio.CancelScope(shield=True):
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._keep)
                self._opened.set()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Order the stop of all children; `open_supervisor` waits for it."""
        self._stop.set()


@asynccontextmanager
async def open_supervisor(
    name: str, *, intensity: int = 5, period: float = 10.0, restarts: Optional[Counter] = None
) -> AsyncIterator[Supervisor]:
    """Open a supervisor; leaving the block stops its children in reverse order of their start.

    Args:
        name: For the log.
        intensity: Restarts of all children together that are allowed within the period.
        period: Seconds.
        restarts: Counts the restarts; it may outlive the supervisor.

    Raises:
        RestartIntensityExceeded: In an exception group, when children failed more often than that.
    """
    supervisor = Supervisor(name, RestartWindow(intensity, period), restarts or Counter())
    async with trio.open_nursery() as nursery:
        # Not `nursery.start`: cancelled here, it would wait for what runs behind the shield, and never tell it.
        nursery.start_soon(supervisor._run)  # noqa: SLF001 - one module, one class
        try:
            await supervisor._opened.wait()  # noqa: SLF001 - as above
            yield supervisor
        finally:
            supervisor.close()
