"""Admission: how many run at once; the others wait, first come first served, and see their position."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Optional

import trio

from actors.runtime.errors import Busy, Draining
from actors.runtime.figures import WAITS, Histogram

FRONT = 10
"""Places at the front of the queue: who has one of them is told each one."""

PAUSE_S = 0.05
"""Seconds, for each place behind the front, between two places that one who waits is told."""

MOST_S = 10.0
"""Seconds that it is told another place after, however far behind it is."""


@dataclass
class Ticket:
    """A place in the queue.

    Attributes:
        position: 0 when admitted, else 1 for the next one.
        group: Those with the same one are never admitted at once; None when that does not matter.
        left: True when the place was given up.
        joined: When it was taken, in seconds of `time.monotonic`.
    """

    position: int
    group: Optional[str] = None
    left: bool = False
    joined: float = field(default_factory=time.monotonic)
    _changed: Optional[trio.Event] = None
    _admitted: trio.Event = field(default_factory=trio.Event)

    def move(self, position: int) -> None:
        """Take a new position, and wake who waits for that."""
        if position != self.position:
            self.position = position
            # Most of a long queue do not wait for this now.
            if self._changed is not None:
                self._changed.set()
                self._changed = None
        if not position:
            self._admitted.set()

    async def wait_moved(self) -> int:
        """Wait until the position changes, and return it."""
        if self._changed is None:
            self._changed = trio.Event()
        await self._changed.wait()
        return self.position

    async def wait_admitted(self) -> None:
        """Wait until it is admitted."""
        await self._admitted.wait()


class Admission:
    """A bounded number of slots with a bounded queue.

    Args:
        slots: How many may run at once.
        queue_limit: How many may wait; one more is refused with `Busy`.

    Attributes:
        slots: The same.
        queue_limit: The same.
        waits: How long those waited who were admitted, in seconds.
    """

    def __init__(self, slots: int, queue_limit: int) -> None:
        self.slots = slots
        self.queue_limit = queue_limit
        self.waits = Histogram(WAITS)
        self._running = 0
        self._queue: OrderedDict[str, Ticket] = OrderedDict()
        self._groups: set[str] = set()
        self._closed = False
        self._idle: Optional[trio.Event] = None  # made for who waits until nothing runs

    @property
    def closed(self) -> bool:
        """Whether nobody is admitted any more."""
        return self._closed

    @property
    def running(self) -> int:
        """How many run now."""
        return self._running

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._queue)

    @property
    def longest_wait(self) -> float:
        """Seconds that the first of those has waited who wait now; 0 when nobody does."""
        first = next(iter(self._queue.values()), None)
        return 0.0 if first is None else time.monotonic() - first.joined

    def close(self) -> None:
        """Admit nobody any more: who runs keeps the slot, who waits the place."""
        self._closed = True

    async def wait_idle(self) -> None:
        """Wait until nobody has a slot, which is for good once it is closed."""
        while self._running:
            if self._idle is None:
                self._idle = trio.Event()
            await self._idle.wait()

    def check_open(self) -> None:
        """Refuse what is new.

        Raises:
            Draining: Nobody is admitted any more.
        """
        if self._closed:
            raise Draining

    def check_room(self, coming: int = 0) -> None:
        """Refuse what could not even wait, before any work is done for it.

        Args:
            coming: How many more are on their way already.

        Raises:
            Busy: The queue is full.
        """
        if self._running + len(self._queue) + coming >= self.slots + self.queue_limit:
            raise Busy(
                f"{self._running} run and {self.queued + coming} wait, which is this server's limit.",
                hint="Try again when one of them has ended.",
            )

    def position(self, key: str) -> int:
        """The place of `key` in the queue, 0 when it does not wait."""
        ticket = self._queue.get(key)
        return 0 if ticket is None else ticket.position

    def join(self, key: str, group: Optional[str] = None) -> Ticket:
        """Join the queue, without waiting: the order of the calls is the order of admission.

        One whose group is busy lets those behind it pass, and keeps its place. The queue's limit is not applied here:
        what was accepted has its place.
        """
        ticket = self._queue[key] = Ticket(len(self._queue) + 1, group)
        # It is the last one: when it has to wait, nobody's place is another one.
        if self._running < self.slots:
            self._admit()
        return ticket

    async def wait(self, ticket: Ticket, on_wait: Callable[[int], None], *, told: int = 0) -> None:
        """Wait for a slot, which is then held until `leave`.

        Args:
            ticket: What `join` gave.
            on_wait: Is told the position while it waits: each one at the front, and the fewer the farther behind it
                is. A thousand who wait would otherwise all have news whenever one is admitted.
            told: The position that was told before, if any: who is behind the front is told another one later.
        """
        told = told if min(told, ticket.position) > FRONT else 0
        while ticket.position:
            if not told:
                told = ticket.position
                on_wait(told)
            if told > FRONT:
                with trio.move_on_after(min(PAUSE_S * (told - FRONT), MOST_S)):
                    await ticket.wait_admitted()
            if ticket.position == told:
                await ticket.wait_moved()
            told = 0

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
            self._groups.discard(ticket.group or "")
            self._admit()
            if not self._running and self._idle is not None:
                self._idle.set()
                self._idle = None

    def _admit(self) -> None:
        for key, ticket in list(self._queue.items()):
            if self._running >= self.slots or self._closed:
                break
            if ticket.group not in self._groups:
                del self._queue[key]
                self._running += 1
                self.waits.observe(time.monotonic() - ticket.joined)
                self._groups.update([ticket.group] if ticket.group else [])
                ticket.move(0)
        self._renumber()

    def _renumber(self) -> None:
        for number, ticket in enumerate(self._queue.values(), start=1):
            ticket.move(number)
