"""What a run tells the world: its status and its events, through the journal, in order and not too often.

State changes are written at once and waited for. Progress and log lines gather and leave a few times a second: the
latest progress of each stage, and a bounded number of lines. When the journal cannot be written (a full disk), writing
is tried again for as long as the server runs: a run whose end cannot be recorded has not ended.
"""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, Union

import trio

from actors.journal.base import Change, NewEvent, Outgoing
from actors.journal.journal import Journal
from actors.runs.progress import Coalescer, Meter
from actors.runs.reports import Log, Progress
from actors.runs.states import State, Status
from actors.runtime.errors import Busy, StorageFailed, StorageFull
from actors.runtime.topic import END
from actors.runtime.tracing import say_events

logger = logging.getLogger(__name__)

_LINES = 200
"""Log lines that may wait for the next write; more are counted and left out."""

_LINE_LENGTH = 2000
"""Characters of a log line; the rest is cut."""

_LEVELS = {"debug": logging.DEBUG, "warning": logging.WARNING, "error": logging.ERROR}

_RETRY_S = (0.1, 0.5, 1.0, 5.0)
"""Seconds between tries to write; the last one repeats."""


@dataclass(frozen=True)
class Told:
    """An event that waits to be written, with the message to somebody outside that goes with it.

    Attributes:
        event: The event.
        outgoing: The message, if there is one.
    """

    event: NewEvent
    outgoing: Optional[Outgoing] = None


class Reporter:
    """Writes one run's changes.

    Args:
        journal: Where they go.
        base: What never changes in the run's snapshot: its id, kind, engine and so on.
        status: What is known of the run now.
        per_second: How many times a second progress and log lines are written.

    Attributes:
        status: What is known of the run now.
        recorded: The state that was last written.
    """

    def __init__(self, journal: Journal, base: Mapping[str, Any], status: Status, *, per_second: float = 5.0) -> None:
        self.status = status
        self.recorded = status.state
        self._journal = journal
        self._base = base
        self._progress: Coalescer[NewEvent] = Coalescer(per_second)
        self._lines: deque[Told] = deque()
        self._left_out = 0
        self._meter = Meter(trio.current_time())
        self._pending = trio.Event()
        self._urgent = trio.Event()
        self._written = trio.Event()
        self._lock = trio.Lock()

    async def change(self, status: Status, *, start: bool = False) -> None:
        """Write a new state, after everything that was reported before it; return when it is on disk.

        Args:
            status: The new status; when it is final, the stream ends with it.
            start: True when an attempt starts, so that progress counts from 0 again.
        """
        if start:
            self._meter = Meter(trio.current_time())
        async with self._lock:
            told, before = self._take(), self.status
            self.status = status
            try:
                last = self._farewell(status) if status.state.final else []
                ends = self._ends(status) if status.state.final else []
                await self._write([*told, *last, Told(state_event(status)), *ends], told)
            except Exception:
                self.status = before  # what cannot be written has not happened
                raise

    def report(self, event: Union[Progress, Log]) -> None:
        """Take what an engine reports, without waiting."""
        if isinstance(event, Log):
            self._log(event)
        else:
            estimate = self._meter.take(event.fraction, trio.current_time())
            if event.stage != self.status.stage:
                logger.info("%s, %.0f %%", event.stage, estimate.percent)
            self.status = self.status.advanced(event, estimate)
            self._progress.offer(event.stage, _progress_event(self.status))
        self._pending.set()

    def waiting(self, position: int) -> None:
        """Take a place in the queue, without waiting; one that was told already is not told again."""
        if self.status.state is State.QUEUED and self.status.queue_position == position:
            return
        self.status = self.status.waiting(position, self.status.reason)
        self._progress.offer("queue", state_event(self.status))
        self._pending.set()

    async def run(self) -> None:
        """Write what gathers, until cancelled."""
        while True:
            await self._pending.wait()
            # Only here, since a new event that another task puts in its place would be set without waking this one.
            self._pending = trio.Event()
            with trio.move_on_after(self._progress.wait_s(trio.current_time())):
                await self._urgent.wait()
            self._urgent = trio.Event()
            await self.flush()

    async def flush(self) -> None:
        """Write what gathers now; return when it is on disk."""
        async with self._lock:
            taken = self._take()
            await self._write(taken, taken)

    def tell(self, told: Told) -> None:
        """Take an event that is written at once, and never left out, without waiting."""
        self._lines.append(told)
        self._pending.set()
        self._urgent.set()

    @property
    def behind(self) -> bool:
        """Whether so much waits to be written that who reports should pause."""
        return len(self._lines) >= _LINES

    async def room(self) -> None:
        """Wait while so much waits to be written that who reports should pause."""
        while self.behind:
            await self._written.wait()

    def _more(self) -> Mapping[str, Any]:
        """What else is in the snapshot, as of now."""
        return {}

    def _farewell(self, status: Status) -> list[Told]:
        """What else is told with the end, before it."""
        del status
        return []

    def _ends(self, status: Status) -> list[Told]:
        """What is told after the end; of most runs, that their stream has ended."""
        return [Told(_end_event(status))]

    def _log(self, line: Log) -> None:
        if self.behind:
            self._left_out += 1
            return
        message = line.message[:_LINE_LENGTH]
        logger.log(_LEVELS.get(line.level, logging.INFO), "%s", message)
        self._lines.append(Told(NewEvent("log", {"level": line.level, "message": message})))

    def _take(self) -> list[Told]:
        progress = self._progress.take(trio.current_time(), company=bool(self._lines))
        told = [*map(Told, progress), *self._lines]
        if self._left_out:
            message = f"{self._left_out} lines came too fast and were left out"
            told.append(Told(NewEvent("log", {"level": "warning", "message": message})))
        self._lines.clear()
        self._left_out = 0
        return told

    async def _write(self, told: Sequence[Told], taken: Sequence[Told]) -> None:
        """Write what was told, with the snapshot as it is now; nothing when nothing was.

        Args:
            told: What is written.
            taken: What of it was taken from what waits, and goes back there when a cancel comes before it is written.
        """
        if told:
            await self._commit(
                Change(
                    str(self._base["id"]),
                    self.status.state.value,
                    self.status.attempt,
                    {**self._base, **self.status.as_json(), **self._more()},
                    events=tuple(one.event for one in told),
                    outgoing=tuple(one.outgoing for one in told if one.outgoing is not None),
                ),
                taken,
            )
            self._written.set()
            self._written = trio.Event()

    async def _commit(self, change: Change, taken: Sequence[Told]) -> None:
        tries, state = 0, self.status.state
        while True:
            try:
                await self._journal.write(change)
            except (StorageFull, StorageFailed, Busy) as error:
                wait = _RETRY_S[min(tries, len(_RETRY_S) - 1)]
                # A full disk need not show here: a write may fit into what the journal's log (WAL) has already, and
                # other writes fail elsewhere. Whether the journal can be written is in its `trouble`.
                logger.warning("cannot be written (%s); tried again in %.1f s", error.problem, wait)
                tries += 1
                try:
                    await trio.sleep(wait)
                except trio.Cancelled:
                    # Of this it is known that nothing was written; whoever writes next takes it along.
                    self._lines.extendleft(reversed(taken))
                    raise
            else:
                self.recorded = state
                say_events(event.type for event in change.events)
                return


def state_event(status: Status) -> NewEvent:
    """The event that tells a state."""
    data = {"state": status.state.value, "attempt": status.attempt, "reason": status.reason}
    if status.queue_position:
        data["queue_position"] = status.queue_position
    return NewEvent("state", data)


def _end_event(status: Status) -> NewEvent:
    return NewEvent(END, {"state": status.state.value, "reason": status.reason, "result": status.result})


def _progress_event(status: Status) -> NewEvent:
    names = ("stage", "percent", "done", "total", "remaining_s", "attempt")
    return NewEvent("progress", {name: getattr(status, name) for name in names})
