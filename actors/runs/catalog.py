"""What is known of the runs of one kind, read past their actors."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from actors.journal.base import Record
from actors.journal.streams import Streams
from actors.processes.workdir import disk_use
from actors.runs.states import State, Status
from actors.runs.work import RunContext
from actors.runtime.errors import NotFound
from actors.runtime.threads import in_thread

ACTIVE = tuple(state.value for state in State if not state.final)
FINAL = tuple(state.value for state in State if state.final)

_SIZES = 100
"""Runs that are measured in a thread before that looks at whether it is still wanted."""


class Catalog:
    """The runs of a kind, to look at.

    Args:
        context: What they share.
        streams: Where their topics are.
    """

    def __init__(self, context: RunContext, streams: Streams) -> None:
        self._context = context
        self._streams = streams

    @property
    def running(self) -> int:
        """How many run now."""
        return self._context.admission.running

    @property
    def queued(self) -> int:
        """How many wait."""
        return self._context.admission.queued

    @property
    def context(self) -> RunContext:
        """What they share."""
        return self._context

    @property
    def draining(self) -> bool:
        """Whether none is started any more, and no new one is taken."""
        return self._context.admission.closed

    def drain(self) -> None:
        """Have no new one taken, and none started that waits: the server is about to stop."""
        self._context.admission.close()

    async def until_idle(self) -> None:
        """Wait until none runs."""
        await self._context.admission.wait_idle()

    async def status(self, run_id: str) -> Mapping[str, Any]:
        """A run's snapshot. A run that lives is not asked: what it published last is what is true.

        Raises:
            NotFound: There is no such run.
        """
        return self._live(run_id) or self._snapshot(await self.record(run_id))

    async def page(
        self, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> list[tuple[int, Mapping[str, Any]]]:
        """List runs, the newest first, each with the position that the next page continues from."""
        records = await self._context.journal.records(self._context.kind, states=states, before=before, limit=limit)
        return [(record.position, self._snapshot(record)) for record in records]

    async def record(self, run_id: str) -> Record:
        """What the journal has of a run.

        Raises:
            NotFound: There is no such run.
        """
        record = await self._context.journal.get(run_id)
        if record is None or record.kind != self._context.kind:
            kind = self._context.kind
            raise NotFound(f"There is no {kind} {run_id}.", hint=f"The list of {kind}s has those that there are.")
        return record

    async def ended(self) -> list[Record]:
        """All runs that have ended, the newest first."""
        return await self.all(FINAL)

    async def ids(self) -> list[str]:
        """The ids of all runs, the newest first."""
        return list(await self._context.journal.times(self._context.kind))

    async def ended_at(self) -> dict[str, str]:
        """When each run ended that has, by its id; ISO 8601 in UTC."""
        return await self._context.journal.times(self._context.kind, FINAL)

    async def all(self, states: Sequence[str]) -> list[Record]:
        """All runs in one of these states, or in any when there is none, the newest first."""
        records: list[Record] = []
        before: Optional[int] = None
        while True:
            page = await self._context.journal.records(self._context.kind, states=states, before=before, limit=500)
            records.extend(page)
            if not page:
                return records
            before = page[-1].position

    def directory(self, run_id: str) -> Path:
        """The directory of a run."""
        return self._context.directory(run_id)

    async def disk_use(self, run_id: str) -> int:
        """Bytes on the disk of what belongs to a run."""
        return await in_thread(self._size, run_id)

    async def sizes(self, run_ids: Sequence[str]) -> dict[str, int]:
        """Bytes on the disk of what belongs to each of many runs."""
        found: dict[str, int] = {}
        for first in range(0, len(run_ids), _SIZES):
            some = run_ids[first : first + _SIZES]
            found.update(zip(some, await in_thread(self._measure, some)))
        return found

    def _measure(self, run_ids: Sequence[str]) -> list[int]:
        return [self._size(run_id) for run_id in run_ids]

    def _size(self, run_id: str) -> int:
        """Bytes on the disk of what belongs to a run; blocks."""
        return disk_use(self.directory(run_id))

    def _snapshot(self, record: Record) -> Mapping[str, Any]:
        known = {"id": record.id, "kind": record.kind, "created": record.created}
        return {**known, **Status().as_json(), **record.snapshot, **self._live(record.id)}

    def _live(self, run_id: str) -> Mapping[str, Any]:
        """The snapshot of a run that lives, with its place in the queue as it is now; empty when it does not live."""
        live = self._streams.snapshot(run_id)
        # The streams are those of all kinds: a job's id names no build, also while the job lives.
        if not live or live.get("kind") != self._context.kind:
            return {}
        return {**live, "queue_position": self._context.admission.position(run_id)}
