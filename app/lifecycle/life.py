"""One life of a server's process: how far it is, and what the signals that it gets have it do."""

import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import trio

from app.lifecycle.orders import Order, Phase, order_of

logger = logging.getLogger(__name__)


class Life:
    """What becomes of a server, by the signals that come.

    Args:
        scope: All of the server; cancelled to end it at once.
        terminal: Tells whether there is a terminal that the server ends with.

    Attributes:
        phase: How far it is.
        drains: Whether what runs may end first, once it stops.
    """

    def __init__(self, scope: trio.CancelScope, terminal: Callable[[], bool]) -> None:
        self.phase = Phase.STARTING
        self.drains = False
        self._scope = scope
        self._terminal = terminal
        self._had_terminal = terminal()
        self._stop = trio.Event()
        self._reload = trio.Event()

    async def heed(self, signals: AsyncIterator[int]) -> None:
        """Do what signals say, until cancelled."""
        async for number in signals:
            hung_up = number == signal.SIGHUP and self._had_terminal and not self._terminal()
            self.take(order_of(self.phase, number, hung_up=hung_up), number)

    def take(self, order: Order, number: int) -> None:
        """Carry an order out.

        Args:
            order: What to do.
            number: The signal that it came of, for the log.
        """
        name = signal.Signals(number).name
        if order is Order.END:
            logger.warning("%s while %s: ending at once", name, self.phase.value)
            self._scope.cancel()
        elif order in (Order.RELOAD, Order.LATER):
            self._reload.set()
        elif order is Order.NOTHING:
            logger.info("%s while %s: nothing is read again now", name, self.phase.value)
        else:
            self.drains = order is Order.DRAIN
            self.phase = Phase.STOPPING
            self._stop.set()

    async def serve(self, reload: Callable[[], Awaitable[None]]) -> None:
        """Let the server be, and have it read again what it is asked to, until it is to stop.

        Args:
            reload: Reads it again.
        """
        self.phase = Phase.SERVING
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._reload_when_asked, reload)
            await self._stop.wait()
            nursery.cancel_scope.cancel()

    async def _reload_when_asked(self, reload: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._reload.wait()
            self._reload = trio.Event()  # several that come meanwhile are one
            await reload()
