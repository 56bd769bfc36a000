"""The latest value by key, which any number of readers follow, each with a cursor of its own.

A reader is a cursor and nothing else: what changes while it is busy is merged, since only the latest value is kept. So
a reader that is slow, or does not read at all, costs the same as a fast one, and a change costs the same however many
read.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Optional, TypeVar

import trio

T = TypeVar("T")

REMEMBERED = 1000
"""Keys that were dropped, which readers are told of; one that has missed more of them is given all that there is."""


class LatestClosed(Exception):
    """There will be no more changes, because the server is stopping."""


@dataclass(frozen=True)
class Batch(Generic[T]):
    """What a reader does not know yet.

    Attributes:
        complete: Whether it is all that there is, and takes the place of everything that the reader has.
        values: The values that have changed, the latest change last.
        gone: Keys that have no value any more.
    """

    complete: bool
    values: Sequence[T]
    gone: Sequence[str]


class Latest(Generic[T]):
    """The latest values.

    Args:
        remembered: How many of the keys that were dropped are remembered.

    Attributes:
        revision: How many changes there were.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.revision = 0
        self._remembered = remembered
        # Both in the order of the changes, each with the revision of its last one.
        self._values: OrderedDict[str, tuple[int, T]] = OrderedDict()
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._known_from = 0  # who has less than this cannot be told what has gone
        self._closed = False
        self._changed: Optional[trio.Event] = None

    def __len__(self) -> int:
        """How many keys have a value."""
        return len(self._values)

    @property
    def values(self) -> Sequence[T]:
        """All values, the latest change last."""
        return [value for _, value in self._values.values()]

    def put(self, key: str, value: T) -> None:
        """Set the value of a key."""
        self.revision += 1
        self._gone.pop(key, None)
        self._values[key] = (self.revision, value)
        self._values.move_to_end(key)
        self._wake()

    def drop(self, key: str) -> None:
        """Forget a key; one that has no value changes nothing."""
        if self._values.pop(key, None) is None:
            return
        self.revision += 1
        self._gone[key] = self.revision
        if len(self._gone) > self._remembered:
            _, self._known_from = self._gone.popitem(last=False)
        self._wake()

    def close(self) -> None:
        """Break off: each reader gets `LatestClosed`."""
        self._closed = True
        self._wake()

    def follow(self) -> "Reader[T]":
        """A reader that has nothing yet."""
        return Reader(self)

    async def wait_beyond(self, revision: int) -> None:
        """Wait until there is a change beyond `revision`.

        Raises:
            LatestClosed: There will be none.
        """
        await trio.lowlevel.checkpoint()
        while not self._closed and self.revision <= revision:
            if self._changed is None:
                self._changed = trio.Event()
            await self._changed.wait()
        if self._closed:
            raise LatestClosed

    def since(self, revision: int) -> Batch[T]:
        """What has changed beyond `revision`; -1 for one who has nothing."""
        if revision < self._known_from:
            return Batch(True, self.values, ())
        changed: list[T] = []
        for one, value in reversed(self._values.values()):
            if one <= revision:
                break
            changed.append(value)
        gone: list[str] = []
        for key, one in reversed(self._gone.items()):
            if one <= revision:
                break
            gone.append(key)
        return Batch(False, changed[::-1], gone[::-1])

    def _wake(self) -> None:
        # Nothing is made for readers that are not there: without one that waits, a change costs no event.
        if self._changed is not None:
            self._changed.set()
            self._changed = None


class Reader(Generic[T]):
    """A cursor on the latest values.

    Args:
        latest: What is followed.
    """

    def __init__(self, latest: Latest[T]) -> None:
        self._latest = latest
        self._position = -1

    async def next(self) -> Batch[T]:
        """Wait for changes, and return all that there were since the last call; the first time all that there is.

        Raises:
            LatestClosed: There will be no more.
        """
        await self._latest.wait_beyond(self._position)
        batch = self._latest.since(self._position)
        self._position = self._latest.revision
        return batch
