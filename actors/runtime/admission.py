"""Admission: how many run at once; the others wait, first come first served, and see their position."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from actors.runtime.errors import Busy


@dataclass
class Ticket:
    """A place in the queue.

    Attributes:
        position: 0 when admitted, else 1 for the next one.
        left: True when the place was given up.
    """

    position: int
    left: bool = False
    _changed: trio.Event = field(default_factory=trio.Event)

    def move(self, position: int) -> None:
        """Take a new position, and wake who waits for that."""
        if position != self.position:
            self.position = position
            self._changed.set()
            self._changed = trio.Event()

    async def wait_moved(self) -> int:
        """Wait until the position changes, and return it."""
        await self._changed.wait()
        return self.position


class Admission:
    """A bounded number of slots with a bounded queue.

    Args:
        slots: How many may run at once.
        queue_limit: How many may wait; one more is refused with `Busy`.
    """

    def __init__(self, slots: int, queue_limit: int) -> None:
        self._slots = slots
        self._queue_limit = queue_limit
        self._running = 0
        self._queue: OrderedDict[str, Ticket] = OrderedDict()

    @property
    def running(self) -> int:
        """How many run now."""
        return self._running

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._queue)

    def check_room(self, coming: int = 0) -> None:
        """Refuse what could not even wait, before any work is done for it.

        Args:
            coming: How many more are on their way already.

        Raises:
            Busy: The queue is full.
        """
        if self._running + len(self._queue) + coming >= self._slots + self._queue_limit:
            raise Busy(
                f"{self._running} run and {self.queued} wait, which is this server's limit.",
                hint="Try again when one of them has ended.",
            )

    def position(self, key: str) -> int:
        """The place of `key` in the queue, 0 when it does not wait."""
        ticket = self._queue.get(key)
        return 0 if ticket is None else ticket.position

    def join(self, key: str) -> Ticket:
        """Join the queue, without waiting: the order of the calls is the order of admission.

        The queue's limit is not applied here: what was accepted has its place.
        """
        ticket = self._queue[key] = Ticket(len(self._queue) + 1)
        self._admit()
        return ticket

    @asynccontextmanager
    async def hold(self, key: str, ticket: Ticket, on_wait: Callable[[int], None]) -> AsyncIterator[None]:
        """Wait for a slot and hold it for the block; give up the place when cancelled.

        Args:
            key: Whose place it is.
            ticket: What `join` gave.
            on_wait: Is told each position while it waits.
        """
        try:
            while ticket.position:
                on_wait(ticket.position)
                await ticket.wait_moved()
            yield
        finally:
            self.leave(key, ticket)

    def leave(self, key: str, ticket: Ticket) -> None:
        """Give up the slot, or the place in the queue; a second call does nothing."""
        if ticket.left:
            return
        ticket.left = True
        if self._queue.get(key) is ticket:
            del self._queue[key]
            self._renumber()
        else:
            self._running -= 1
            self._admit()

    def _admit(self) -> None:
        while self._queue and self._running < self._slots:
            _, ticket = self._queue.popitem(last=False)
            self._running += 1
            ticket.move(0)
        self._renumber()

    def _renumber(self) -> None:
        for number, ticket in enumerate(self._queue.values(), start=1):
            ticket.move(number)
