"""Topics: what happens to one actor, as a numbered log that any number of subscribers read with a cursor of their own.

A subscriber is a cursor and nothing else: no queue is kept for it, so one that reads slowly, or not at all, costs the
same as one that reads fast. What memory no longer holds is read from the journal; what the journal no longer holds is
answered with a `gap` event that carries a snapshot. `publish` is synchronous and comes after the commit.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Optional, Protocol

import trio

from actors.runtime.encoding import make_encoder
from actors.runtime.errors import InvalidInput, NotFound

END = "end"
"""The type of a stream's last event."""

GAP = "gap"
"""The type of the event that stands for events that are no longer kept."""

_encode = make_encoder(ascii_only=False)


@dataclass(frozen=True)
class Entry:
    """One event, as it is kept and sent.

    Attributes:
        seq: Its number in its actor's stream, contiguous from 1.
        type: Its type.
        payload: The whole event as one line of JSON, encoded once, without a line end.
    """

    seq: int
    type: str
    payload: bytes

    def decoded(self) -> dict[str, Any]:
        """The event as JSON values."""
        event: dict[str, Any] = json.loads(self.payload)
        return event


@dataclass(frozen=True)
class Page:
    """Events read from the journal.

    Attributes:
        entries: In order, the first one beyond the cursor that was asked for, or the first one that is kept.
        snapshot: The actor's state now, for a gap event.
    """

    entries: tuple[Entry, ...]
    snapshot: Mapping[str, Any]


class Replay(Protocol):
    """Where events that memory no longer holds come from."""

    async def read_events(self, actor_id: str, after: int, limit: int) -> Page:
        """Read up to `limit` events with a seq above `after`."""


@dataclass(frozen=True)
class TailLimits:
    """How much of a stream is held in memory; what is beyond goes when there is twice as much of either.

    Attributes:
        entries: Events.
        size: Bytes of encoded events.
    """

    entries: int = 512
    size: int = 256 * 1024


class TopicClosed(Exception):
    """The server is stopping, or the actor was removed: the stream breaks off here and nothing was lost."""


class EndOfStream(Exception):
    """The `end` event was delivered: nothing will follow."""


class Topic:
    """One actor's stream.

    Args:
        actor_id: Whose.
        replay: Where older events come from.
        snapshot: The actor's state.
        last_seq: The seq of the newest event that there is.
        ended: True when that event is the `end`.
        limits: How much is held in memory.
    """

    def __init__(
        self,
        actor_id: str,
        replay: Replay,
        *,
        snapshot: Mapping[str, Any],
        last_seq: int = 0,
        ended: bool = False,
        limits: TailLimits = TailLimits(),
    ) -> None:
        self.id = actor_id
        self.replay = replay
        self.snapshot = snapshot
        self.last_seq = last_seq
        self.ended = ended
        self.closed = False
        self.subscribers = 0
        self.total = 0  # bytes ever published through this object
        self.published = 0.0  # when that was last done, in seconds of `perf_counter`
        self._limits = limits
        self._entries: list[Entry] = []
        self._ends: list[int] = []  # `total` after each of `_entries`
        self._changed: Optional[trio.Event] = None  # made for those who wait

    def publish(self, entries: Sequence[Entry], snapshot: Mapping[str, Any]) -> None:
        """Append committed events, in order, and wake the subscribers."""
        self.snapshot = snapshot
        self.published = perf_counter()
        if entries and entries[0].seq != self.last_seq + 1:
            # Something before them was committed and never came here: the journal has it, memory must not pretend to.
            self._entries.clear()
            self._ends.clear()
        for entry in entries:
            self.total += len(entry.payload)
            self._entries.append(entry)
            self._ends.append(self.total)
            self.last_seq = entry.seq
            self.ended = entry.type == END
        self._trim()
        self._wake()

    def close(self) -> None:
        """Break the stream off: each subscriber gets `TopicClosed`."""
        self.closed = True
        self._wake()

    def tail_after(self, seq: int) -> Optional[Sequence[Entry]]:
        """The events in memory beyond `seq`; None when memory no longer has them all."""
        if seq >= self.last_seq:
            return ()
        if not self._entries or seq < self._entries[0].seq - 1:
            return None
        return self._entries[seq - self._entries[0].seq + 1 :]

    def bytes_after(self, seq: int) -> int:
        """How many bytes lie beyond `seq`, of those that memory holds."""
        if not self._entries:
            return 0
        index = seq - self._entries[0].seq
        start = self._ends[index] if 0 <= index < len(self._ends) else self._ends[0] - len(self._entries[0].payload)
        return 0 if seq >= self.last_seq else self.total - start

    async def wait_beyond(self, seq: int) -> None:
        """Wait until there is an event beyond `seq`, or there will be none."""
        # A replay may be ahead of `publish`: who has read the end already must not wait for what comes after it.
        while self.last_seq <= seq and not (self.ended or self.closed):
            if self._changed is None:
                self._changed = trio.Event()
            await self._changed.wait()

    def subscribe(self, after: int) -> "Subscription":
        """Follow the stream beyond `after`. Use it as a context manager, so that it is counted out again.

        Raises:
            InvalidInput: There is no event with that seq yet.
        """
        if not 0 <= after <= self.last_seq:
            raise InvalidInput(
                f"after={after} is not in this stream, whose last event is {self.last_seq}.",
                hint="Use the seq of the last event that was received, or 0 for all.",
            )
        return Subscription(self, after)

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    def _trim(self) -> None:
        # At twice of either, and then down to it, so that the rest is moved once for as much as that.
        if len(self._entries) <= 2 * self._limits.entries and self._held <= 2 * self._limits.size:
            return
        drop = max(len(self._entries) - self._limits.entries, bisect_right(self._ends, self.total - self._limits.size))
        del self._entries[:drop], self._ends[:drop]

    @property
    def _held(self) -> int:
        """Bytes in memory."""
        return self.total - self._ends[0] + len(self._entries[0].payload) if self._entries else 0


class Subscription:
    """A cursor on a topic.

    Args:
        topic: The stream.
        position: The seq of the last event that its reader has.
    """

    PAGE = 256

    def __init__(self, topic: Topic, position: int) -> None:
        self.topic = topic
        self.position = position

    def __enter__(self) -> "Subscription":
        """Count this subscriber in."""
        self.topic.subscribers += 1
        return self

    def __exit__(self, *exc: object) -> None:
        """Count this subscriber out."""
        self.topic.subscribers -= 1

    async def next(self) -> Sequence[Entry]:
        """Wait for events beyond the position, return up to `PAGE` of them, and move the position.

        Raises:
            EndOfStream: The position is the end event.
            TopicClosed: The stream broke off.
        """
        while True:
            batch = self.topic.tail_after(self.position)
            if batch is None:
                batch = await self.replay()
            if batch:
                await trio.lowlevel.checkpoint()  # a reader that is always behind must not starve the others
                batch = batch[: self.PAGE]
                self.position = batch[-1].seq
                return batch
            if self.topic.ended:
                raise EndOfStream
            if self.topic.closed:
                raise TopicClosed
            await self.topic.wait_beyond(self.position)

    async def replay(self) -> Sequence[Entry]:
        """Read the next page beyond the position from the journal; a `gap` event stands for what it no longer has."""
        try:
            page = await self.topic.replay.read_events(self.topic.id, self.position, self.PAGE)
        except NotFound:
            raise TopicClosed from None  # removed while it was read
        if not page.entries:
            raise TopicClosed
        if page.entries[0].seq > self.position + 1:
            return (gap_entry(self.topic.id, self.position, page), *page.entries[: self.PAGE - 1])
        return page.entries


def gap_entry(actor_id: str, after: int, page: Page) -> Entry:
    """Make the event that stands for what lies between `after` and the page; its seq is that of the last one missed."""
    missed_to = page.entries[0].seq - 1
    data = {"missed_from": after + 1, "missed_to": missed_to, "snapshot": page.snapshot}
    return Entry(missed_to, GAP, encode_event(missed_to, actor_id, str(page.snapshot.get("updated", "")), GAP, data))


def encode_event(seq: int, actor_id: str, time: str, event_type: str, data: Mapping[str, Any]) -> bytes:
    """Encode an event as the one line of JSON that every subscriber gets."""
    event = {"seq": seq, "id": actor_id, "time": time, "type": event_type, "data": data}
    return _encode(event).encode(errors="replace")
