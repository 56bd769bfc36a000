"""Which ids the journal has, in memory: whether a name is free is asked for every build that is accepted."""

from collections.abc import Collection
from typing import Optional

NAMES = 50_000
"""Ids that are held; of a journal with more of them, it is the journal that is asked."""


class Names:
    """The ids of all actors of a journal, or nothing where that is not known.

    Args:
        limit: How many are held.
    """

    def __init__(self, limit: int = NAMES) -> None:
        self.limit = limit
        self._ids: Optional[set[str]] = None

    def fill(self, ids: Collection[str]) -> None:
        """Take what the journal has; of more than the limit, that there are more is all that is kept."""
        self._ids = set(ids) if len(ids) <= self.limit else None

    def forget(self) -> None:
        """Know nothing: from here on any id may be taken."""
        self._ids = None

    def add(self, actor_id: str) -> None:
        """Take note of an actor that is on disk now."""
        if self._ids is not None:
            self._ids.add(actor_id)
            if len(self._ids) > self.limit:
                self._ids = None

    def drop(self, actor_id: str) -> None:
        """Take note of an actor that was removed."""
        if self._ids is not None:
            self._ids.discard(actor_id)

    def has(self, actor_id: str) -> bool:
        """Whether the journal is known to have an id; False where that is not known."""
        return self._ids is not None and actor_id in self._ids

    def may_be_taken(self, actor_id: str) -> bool:
        """Whether the journal has to be asked for an id; of one that it does not have, mostly False."""
        return self._ids is None or actor_id in self._ids
