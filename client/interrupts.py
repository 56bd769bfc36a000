"""Ctrl-C as a message: it arrives in one task and does what the command in progress has asked for.

A KeyboardInterrupt may strike between any two instructions; a received signal may not.
"""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import trio

OnInterrupt = Callable[[], None]


@dataclass
class Interrupts:
    """What happens on Ctrl-C now.

    Attributes:
        leave: Ends the command; what happens when nobody asked for something else.
    """

    leave: OnInterrupt
    _asked_for: list[tuple[OnInterrupt, OnInterrupt]] = field(default_factory=list)

    @contextmanager
    def handled_by(self, on_interrupt: OnInterrupt, on_terminate: OnInterrupt) -> Iterator[None]:
        """Have the signals do something else for a while.

        Args:
            on_interrupt: Called for each Ctrl-C; must not wait.
            on_terminate: Called for each request to terminate; must not wait.
        """
        self._asked_for.append((on_interrupt, on_terminate))
        try:
            yield
        finally:
            self._asked_for.pop()

    def receive(self, number: int) -> None:
        """Do what a signal stands for.

        Args:
            number: Of the signal.
        """
        on_interrupt, on_terminate = self._asked_for[-1] if self._asked_for else (self.leave, self.leave)
        if number == signal.SIGINT:
            on_interrupt()
        else:
            on_terminate()


@asynccontextmanager
async def open_interrupts(leave: OnInterrupt) -> AsyncIterator[Interrupts]:
    """Receive Ctrl-C, and the request to terminate, until the end.

    Args:
        leave: See `Interrupts`.

    Yields:
        What says what they do.
    """
    interrupts = Interrupts(leave)
    # A shell that starts a command in the background has it ignore Ctrl-C; that choice stays.
    wanted = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    if not wanted:
        yield interrupts
        return
    with trio.open_signal_receiver(*wanted) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_receive, signals, interrupts)
            yield interrupts
            nursery.cancel_scope.cancel()


async def _receive(signals: AsyncIterator[int], interrupts: Interrupts) -> None:
    """Pass each signal on."""
    async for number in signals:
        interrupts.receive(number)
