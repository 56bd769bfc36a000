"""The outbox as an actor: takes what the journal has queued to the orchestrator, one build's messages in their order.

A build that has messages waiting has one task, its line, and a build that has none costs nothing. A line tries its
oldest message until it is settled on disk, and only then the next one: a message is repeated only where its answer was
lost, or where this process died between the answer and the record of it. What is known is on disk, so that a line can
begin again at any moment: after a crash, after trouble with the disk, and after a restart of the server.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Optional, get_args

import trio

from actors.builds.backoff import age
from actors.builds.line import PAGE, Limits, Line
from actors.builds.outside import Courier, Delivery
from actors.journal.base import Queued, Settlement
from actors.journal.journal import Journal
from actors.runtime.context import work_for
from actors.runtime.errors import CallboardError
from actors.runtime.figures import Tally
from actors.runtime.timeofday import TimeOfDay

logger = logging.getLogger(__name__)
perf = logging.getLogger("callboard.perf")


class Outbox:
    """Delivers messages. `run` is its body; the object outlives a restart of it.

    Args:
        journal: Where the messages wait; its `on_outgoing` is taken over, so that no commit is missed.
        courier: Takes one message to the orchestrator.
        limits: The bounds.
        draw: Gives a number from 0 to 1, for the jitter of the waits.
        time: The time of day; for a day after it was set no message is given up for its age.

    Attributes:
        settled: How many messages left, by how.
    """

    def __init__(
        self,
        journal: Journal,
        courier: Courier,
        limits: Limits,
        *,
        draw: Callable[[], float] = random.random,
        time: Optional[TimeOfDay] = None,
    ) -> None:
        self._journal = journal
        self._courier = courier
        self._limits = limits
        self._draw = draw
        self._time = time or TimeOfDay()
        self._lines: dict[str, Line] = {}
        self._nursery: Optional[trio.Nursery] = None
        self._slots = trio.Semaphore(limits.at_once)
        # Lines whose last try took long are kept apart, so that those who hang do not take all slots from the others.
        self._slow_slots = trio.Semaphore(limits.slow_at_once)
        # Lines that wait since a time when no message of anybody was taken; see `_hurry_others`.
        self._hopeful: dict[str, Line] = {}
        self._resting = 0  # how many wait for their next try
        self._emptied = trio.Event()
        self.settled = Tally(get_args(Settlement))
        journal.on_outgoing = self._recount

    async def run(self, *, task_status: "trio.TaskStatus[Outbox]" = trio.TASK_STATUS_IGNORED) -> None:
        """Take up what waits, then deliver what comes until cancelled."""
        undelivered = await self._journal.undelivered()
        for place, (build_id, waiting) in enumerate(undelivered.items()):
            # Nobody knows yet who of them hangs. The newest are likely to live; the others, where there are many, begin
            # among the slow, so that they do not take all slots from new builds. Who is quick loses nothing by that.
            self._lines.setdefault(build_id, Line(build_id, waiting, slow=place >= self._limits.at_once))
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                for line in list(self._lines.values()):
                    self._start(line)
                task_status.started(self)
                await trio.sleep_forever()
            finally:
                self._nursery = None

    def waiting(self, build_id: str) -> int:
        """How many messages of a build are still to be delivered."""
        line = self._lines.get(build_id)
        return 0 if line is None else line.waiting

    @property
    def waiting_in_all(self) -> int:
        """How many messages of all builds are still to be delivered."""
        return sum(line.waiting for line in self._lines.values())

    def room(self, build_id: str) -> bool:
        """Whether another message of a build may be queued."""
        return self.waiting(build_id) < self._limits.waiting

    def trouble(self, build_id: str) -> str:
        """Why the last try for a build failed; empty when all is well."""
        line = self._lines.get(build_id)
        return "" if line is None else line.trouble

    def forget(self, build_id: str) -> None:
        """Stop delivering for a build, because it is removed."""
        line = self._lines.get(build_id)
        if line is not None:
            line.scope.cancel()
            self._drop(line)

    async def flushed(self, build_id: str) -> None:
        """Wait until no message of a build waits."""
        while self.waiting(build_id):
            await self._emptied.wait()

    def _recount(self, build_id: str, waiting: int) -> None:
        """Take in how many messages of a build wait, as of a commit."""
        line = self._lines.get(build_id)
        if line is None:
            if not waiting:
                return
            line = self._lines[build_id] = Line(build_id)
        line.news = line.news or waiting > line.waiting
        line.waiting = waiting
        if waiting:
            self._start(line)
        else:
            self._tell_emptied()

    def _tell_emptied(self) -> None:
        self._emptied.set()
        self._emptied = trio.Event()

    def _drop(self, line: Line) -> None:
        if self._lines.get(line.id) is line:
            del self._lines[line.id]
        self._tell_emptied()

    def _start(self, line: Line) -> None:
        """Start a line's task, unless it has one or this actor does not run: then it is started with it."""
        if self._nursery is not None and not line.running:
            line.running = True
            line.scope = trio.CancelScope()
            self._nursery.start_soon(self._keep, line, name=f"outbox/{line.id}")

    async def _keep(self, line: Line) -> None:
        """Run a line to its end, over whatever happens on the way."""
        work_for(line.id)
        try:
            with line.scope:
                while line.waiting or line.news:
                    await self._guard(line)
                # No checkpoint since the condition, so that no news is missed.
                self._drop(line)
        finally:
            line.running = False

    async def _guard(self, line: Line) -> None:
        """Deliver a page; trouble with the disk, or a bug, ends neither this line nor the others."""
        try:
            await self._deliver_page(line)
        except CallboardError as error:
            line.stumble(error.problem)
            if line.stumbles == 1:
                logger.warning("the delivery of messages has to wait: %s", error.problem)
        except Exception as error:
            line.stumble(f"A delivery crashed: {error!r}")
            logger.exception("the delivery of messages crashed")
        else:
            line.stumbles = 0
            return
        await trio.sleep(self._limits.backoff.wait(line.stumbles, self._draw))

    async def _deliver_page(self, line: Line) -> None:
        line.news = False
        page = await self._journal.outgoing(line.id, PAGE)
        if not page and not line.news:
            line.waiting = 0
            self._tell_emptied()
        for place, queued in enumerate(page):
            if not await self._deliver(line, queued):
                await self._give_up_old(line, page[place:])
                await self._wait(line)
                return

    async def _deliver(self, line: Line, queued: Queued) -> bool:
        """Try to deliver a message; True when it is settled on disk."""
        if line.left is None or line.left[0] != queued.number:
            outcome = await self._try(line, queued)
            if outcome is None:
                return False
            # Remembered, so that it is not sent again when only the record of it fails.
            line.left = (queued.number, outcome)
            if outcome == "delivered":
                seconds = age(queued.time, datetime.now(timezone.utc))
                perf.debug("message %d was delivered after %.3f s", queued.number, seconds)
        await self._journal.settle(line.id, *line.left)
        self.settled.add(line.left[1])
        line.left = None
        line.refusals = 0
        return True

    async def _try(self, line: Line, queued: Queued) -> Optional[Settlement]:
        async with self._slow_slots if line.slow else self._slots:
            line.tried = trio.current_time()
            delivery = Delivery(accepted=False, problem=f"No answer came within {self._limits.seconds:g} s.")
            with trio.move_on_after(self._limits.seconds):
                delivery = await self._courier.deliver(line.id, queued.payload)
            line.slow = trio.current_time() - line.tried > self._limits.slow_seconds
        if delivery.accepted:
            self._recover(line)
            return "delivered"
        if not line.failures:
            logger.warning("messages to the orchestrator wait: %s", delivery.problem)
        line.fail(delivery)
        if line.refusals < self._limits.refusals:
            return None
        logger.error("message %d was given up after %d tries: %s", queued.number, line.refusals, delivery.problem)
        line.failures = 0
        return "refused"

    def _recover(self, line: Line) -> None:
        if line.failures:
            logger.info("messages reach the orchestrator again")
        line.succeed()
        self._hurry_others()

    def _hurry_others(self) -> None:
        """Let those that wait try now, since the orchestrator answers.

        Each is hurried once in a row of failures: a run that fails although others get through has a trouble of its
        own, and would be tried at each success of anybody.
        """
        hopeful, self._hopeful = self._hopeful, {}
        for line in hopeful.values():
            line.hurried = True
            line.hurry.set()

    async def _give_up_old(self, line: Line, page: list[Queued]) -> None:
        """Settle what is too old, now that a try has failed: what is old but can be delivered is delivered."""
        if not self._time.counts:
            return
        now = self._time.now()
        for queued in page:
            if age(queued.time, now) <= self._limits.hours * 3600:
                return
            await self._journal.settle(line.id, queued.number, "expired")
            self.settled.add("expired")
            line.refusals = 0
            logger.error("message %d was given up after %g hours: %s", queued.number, self._limits.hours, line.trouble)

    async def _wait(self, line: Line) -> None:
        """Wait for as long as the failures so far ask for, or until somebody else's message was taken."""
        line.hurry = trio.Event()
        if not line.hurried:
            self._hopeful[line.id] = line
        self._resting += 1
        seconds = self._limits.backoff.wait(line.failures, self._draw) * max(1.0, self._resting / self._limits.crowd)
        try:
            with trio.move_on_after(seconds):
                await line.hurry.wait()
                await trio.sleep_until(line.tried + self._limits.spacing)
        finally:
            self._resting -= 1
            if self._hopeful.get(line.id) is line:
                del self._hopeful[line.id]
