"""What is read of the journal, over a connection of its own, beside the writer: no read waits for a sync."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional, TypeVar

import trio

from actors.journal import counting, outgoing, sqlite
from actors.journal.base import Counts, Queued, Record
from actors.journal.trouble import JournalDamaged, failure
from actors.runtime.threads import in_thread
from actors.runtime.topic import Page

T = TypeVar("T")


class Reading:
    """The reading half of a journal, which sets what is here.

    Attributes:
        damage: What was found out about a file that is damaged.
    """

    _reader: Optional[sqlite3.Connection]
    _read_limiter: trio.CapacityLimiter
    damage: Optional[JournalDamaged]

    def declare_damaged(self, problem: str) -> None:
        """Take in that the file is damaged."""
        raise NotImplementedError

    async def outgoing(self, actor_id: str, limit: int) -> list[Queued]:
        """Read up to `limit` of the outgoing messages that wait, in the order of their numbers."""
        return await self._read(outgoing.read_waiting, actor_id, limit)

    async def undelivered(self) -> dict[str, int]:
        """Read how many outgoing messages wait, by actor; the actor with the newest one comes first."""
        return await self._read(outgoing.read_undelivered)

    async def deliveries(self, actor_id: str) -> Counts:
        """Read what became of an actor's outgoing messages; all 0 for one that is not known."""
        return await self._read(outgoing.read_counts, actor_id)

    async def get(self, actor_id: str) -> Optional[Record]:
        """Read what is kept of one actor; None when there is none."""
        return await self._read(sqlite.read_record, actor_id)

    async def records(
        self, kind: str, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> list[Record]:
        """Read actors of a kind, the newest first; see `sqlite.read_records`."""
        return await self._read(sqlite.read_records, kind, states, before, limit)

    async def latest(self, kinds: Sequence[str], states: Sequence[str], limit: int) -> list[Record]:
        """Read the actors of these kinds and states that changed last; the latest change comes last."""
        return await self._read(sqlite.read_latest, kinds, states, limit)

    async def times(self, kind: str, states: Sequence[str] = ()) -> dict[str, str]:
        """Read when each actor of a kind changed last; see `sqlite.read_times`."""
        return await self._read(sqlite.read_times, kind, states)

    async def read_events(self, actor_id: str, after: int, limit: int) -> Page:
        """Read up to `limit` events beyond `after`.

        Raises:
            NotFound: There is no such actor.
        """
        return await self._read(sqlite.read_page, actor_id, after, limit)

    async def counted(self) -> Mapping[tuple[str, str], int]:
        """Read how many actors there are, by kind and state."""
        return await self._read(counting.count_actors)

    async def oldest_outgoing(self) -> Optional[str]:
        """Read when the oldest of the outgoing messages was written that wait; None when none does."""
        return await self._read(counting.oldest_outgoing)

    async def _read(self, function: Callable[..., T], *args: Any) -> T:
        try:
            connection = sqlite.opened(self._reader)
            return await in_thread(sqlite.read_twice, function, connection, *args, limiter=self._read_limiter)
        except sqlite3.Error as error:
            problem = failure(error)
            if isinstance(problem, JournalDamaged):
                self.declare_damaged(problem.found)
                problem = self.damage or problem  # which says what to do
            raise problem from error
