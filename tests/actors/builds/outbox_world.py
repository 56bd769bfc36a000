"""What the outbox's tests share: a journal without threads, for virtual time, and a courier that is told what to do."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, Union

import trio

from actors.builds.backoff import Backoff
from actors.builds.line import Limits
from actors.builds.outbox import Outbox
from actors.builds.outside import Delivery
from actors.journal import sqlite
from actors.journal.base import Change, Outgoing, Queued, Settlement
from actors.journal.journal import Journal

OK = "ok"
FAIL = "fail"
REFUSE = "refuse"
HANG = "hang"
CRASH = "crash"


def stamp(hours_ago: float = 0.0) -> str:
    """A time, as the journal writes it."""
    return (datetime.now(timezone.utc) - timedelta(hours=hours_ago)).isoformat(timespec="milliseconds")


class PlainJournal(Journal):
    """Keeps messages in memory. The real one works in threads, beside which a virtual clock would run on."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(sqlite.MEMORY)
        self.rows: dict[str, dict[int, Queued]] = defaultdict(dict)
        self.settled: list[tuple[str, int, str]] = []
        self.failures: list[Exception] = []

    def queue(self, build_id: str, *numbers: int, hours_ago: float = 0.0) -> None:
        """Commit messages."""
        for number in numbers:
            self.rows[build_id][number] = Queued(number, {"n": number}, stamp(hours_ago))
        self.on_outgoing(build_id, len(self.rows[build_id]))

    async def settle(self, actor_id: str, number: int, outcome: Settlement) -> None:
        """Settle a message, or fail as told."""
        await trio.lowlevel.checkpoint()
        if self.failures:
            raise self.failures.pop(0)
        if self.rows[actor_id].pop(number, None):
            self.settled.append((actor_id, number, outcome))
        self.on_outgoing(actor_id, len(self.rows[actor_id]))

    async def outgoing(self, actor_id: str, limit: int) -> list[Queued]:
        """Read messages."""
        await trio.lowlevel.checkpoint()
        return [row for _, row in sorted(self.rows[actor_id].items())][:limit]

    async def undelivered(self) -> dict[str, int]:
        """Read who has messages; the last one that was added is the newest."""
        await trio.lowlevel.checkpoint()
        return {build_id: len(rows) for build_id, rows in reversed(list(self.rows.items())) if rows}


class ScriptedCourier:
    """Answers each run from its script, and then with `default`.

    Attributes:
        tries: The time, the run and the number of each try.
        accepted: The numbers that each run took, in order.
        script: By run, what to do with its next tries; a number is seconds after which it takes the message.
        default: What to do when a script is at its end, by run; by "" for all others.
        most: How many tries there were at once.
    """

    def __init__(self, default: Union[str, float] = OK) -> None:
        """Begin with no script."""
        self.tries: list[tuple[float, str, int]] = []
        self.accepted: dict[str, list[int]] = defaultdict(list)
        self.script: dict[str, list[Union[str, float]]] = defaultdict(list)
        self.default: dict[str, Union[str, float]] = {"": default}
        self.most = 0
        self._now = 0

    async def deliver(self, run_id: str, message: Mapping[str, Any]) -> Delivery:
        """Do as the script says."""
        self.tries.append((trio.current_time(), run_id, message["n"]))
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            return await self._act(run_id, message["n"])
        finally:
            self._now -= 1

    async def _act(self, run_id: str, number: int) -> Delivery:
        script = self.script[run_id]
        act = script.pop(0) if script else self.default.get(run_id, self.default[""])
        await trio.sleep(act if isinstance(act, float) else 5 if act == HANG else 0)  # on a clock that jumps
        if act == CRASH:
            raise RuntimeError("the courier has a bug")
        if act in (FAIL, HANG, REFUSE):
            return Delivery(accepted=False, problem=f"{run_id}: {act}", refused=act == REFUSE)
        self.accepted[run_id].append(number)
        return Delivery(accepted=True)

    def times(self, run_id: str) -> list[float]:
        """When a run's messages were tried."""
        return [time for time, run, _ in self.tries if run == run_id]


QUICK = Limits(backoff=Backoff(first=0.001, most=0.01), spacing=0.001)
"""For tests on a real clock."""


@asynccontextmanager
async def delivering(
    journal: Journal, courier: ScriptedCourier, limits: Limits = QUICK, *, draw: float = 1.0
) -> AsyncIterator[Outbox]:
    """An outbox that runs for the block, and waits its full ceilings."""
    outbox = Outbox(journal, courier, limits, draw=lambda: draw)
    async with trio.open_nursery() as nursery:
        await nursery.start(outbox.run)
        try:
            yield outbox
        finally:
            nursery.cancel_scope.cancel()


def saying(build_id: str, *numbers: int, create: bool = False) -> Change:
    """A change with messages, for the real journal."""
    messages = tuple(Outgoing(number, {"n": number}) for number in numbers)
    return Change(build_id, "running", 1, {}, kind="build", create=create, outgoing=messages)
