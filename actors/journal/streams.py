"""The topics of all actors: those that live, and those that ended and are read from the journal."""

from collections.abc import Callable, Mapping
from typing import Any

from actors.journal.base import Committed
from actors.journal.journal import Journal
from actors.runtime.errors import NotFound
from actors.runtime.topic import END, Topic


def _ignore(_committed: Committed) -> None:
    """Do nothing with what was committed."""


class Streams:
    """Finds the topic of an actor, and hands to it what the journal has committed.

    Args:
        journal: Where events are kept.

    Attributes:
        on_commit: Called with each change that was committed, of those too that have no topic here.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._topics: dict[str, Topic] = {}
        self.on_commit: Callable[[Committed], None] = _ignore
        journal.on_commit = self._publish

    def __len__(self) -> int:
        """How many topics are in memory."""
        return len(self._topics)

    def start(self, actor_id: str, snapshot: Mapping[str, Any], last_seq: int) -> None:
        """Make the topic of an actor that starts; it stays in memory until its `end` was committed."""
        if actor_id not in self._topics:
            self._topics[actor_id] = Topic(actor_id, self._journal, snapshot=snapshot, last_seq=last_seq)

    async def open(self, actor_id: str) -> Topic:
        """Find the topic of an actor that lives, or make one that reads from the journal.

        Raises:
            NotFound: There is no such actor.
        """
        topic = self._topics.get(actor_id)
        if topic is not None:
            return topic
        record = await self._journal.get(actor_id)
        if actor_id in self._topics:
            return self._topics[actor_id]  # started meanwhile
        if record is None:
            raise NotFound(f"There is nothing by the id {actor_id}.", hint="It may have been removed; see the list.")
        # An actor that ended publishes nothing more, so nobody else has to find this object. Every actor that has not
        # ended is in memory before the first request is served.
        return Topic(actor_id, self._journal, snapshot=record.snapshot, last_seq=record.last_seq, ended=True)

    def snapshot(self, actor_id: str) -> Mapping[str, Any]:
        """The state of an actor that lives; empty when it does not."""
        topic = self._topics.get(actor_id)
        return {} if topic is None else topic.snapshot

    def remove(self, actor_id: str) -> None:
        """Forget a topic, and break off who still reads it."""
        topic = self._topics.pop(actor_id, None)
        if topic is not None:
            topic.close()

    def close(self) -> None:
        """Break all streams off, because the server is stopping."""
        for topic in list(self._topics.values()):
            topic.close()

    def _publish(self, committed: Committed) -> None:
        self.on_commit(committed)
        topic = self._topics.get(committed.id)
        if topic is None:
            return
        topic.publish(committed.entries, committed.snapshot)
        if committed.entries and committed.entries[-1].type == END:
            # Who reads it keeps it alive; the next one reads from the journal.
            del self._topics[committed.id]
