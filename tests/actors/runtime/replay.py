"""A journal in memory, for topics."""

from collections.abc import Mapping
from typing import Any

import trio

from actors.runtime.errors import NotFound
from actors.runtime.topic import Entry, Page


def entry(seq: int, event_type: str = "log") -> Entry:
    """An event."""
    return Entry(seq, event_type, f"{event_type} {seq}".encode())


class MemoryReplay:
    """Keeps the newest events.

    Args:
        kept: How many.
        delay: Checkpoints that a read takes, before and after it looks.
    """

    def __init__(self, kept: int = 1000, delay: int = 1) -> None:
        self.events: list[Entry] = []
        self.snapshot: Mapping[str, Any] = {}
        self.removed = False
        self._last = 0
        self._kept = kept
        self._delay = delay

    def commit(self, count: int, event_type: str = "log") -> list[Entry]:
        """Append events, and forget the oldest."""
        new = [entry(self._last + n + 1, event_type) for n in range(count)]
        self._last += count
        self.events = [*self.events, *new][-self._kept :]
        return new

    async def read_events(self, actor_id: str, after: int, limit: int) -> Page:
        """As the journal does."""
        for _ in range(self._delay):
            await trio.lowlevel.checkpoint()
        if self.removed:
            raise NotFound(actor_id)
        page = Page(tuple(item for item in self.events if item.seq > after)[:limit], self.snapshot)
        for _ in range(self._delay):
            await trio.lowlevel.checkpoint()
        return page
