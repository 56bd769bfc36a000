"""What is read of the journal, over a connection of its own, beside the writer: no read waits for a sync."""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional, TypeVar, Union

import trio

from actors.journal import counting, outgoing, sqlite
from actors.journal.base import Counts, Queued, Record
from actors.journal.condition import advice
from actors.journal.trouble import JournalDamaged, failure
from actors.runtime.threads import in_thread
from actors.runtime.topic import Page

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Reading:
    """A journal as far as it is read; whoever opens its file sets the connection.

    Args:
        path: The file, or `sqlite.MEMORY`.
        limiter: Lets one thread at a time use the connection.

    Attributes:
        trouble: Why nothing can be written; empty when all is well.
        damage: What was found out about a file that is damaged; from then on nothing is written to it.
    """

    def __init__(self, path: Union[Path, str], limiter: trio.CapacityLimiter) -> None:
        self._path = path
        self._reader: Optional[sqlite3.Connection] = None
        self._read_limiter = limiter
        self.trouble = "It is not open."
        self.damage: Optional[JournalDamaged] = None

    def declare_damaged(self, problem: str) -> None:
        """Have nothing more written: what would be added to a damaged file could be lost with it, or lose more of it.

        Args:
            problem: What was found, a sentence without its end.
        """
        if self.damage is None and isinstance(self._path, Path):
            self.damage = JournalDamaged(problem, hint=advice(self._path))
            self.trouble = self.damage.problem
            logger.error("%s Nothing is accepted or recorded any more. %s", self.damage.problem, self.damage.hint)

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
