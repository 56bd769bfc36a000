"""Tells who has hung up while nobody reads from them: one wait for all connections, and no task for each.

A request's body is read when the application asks for it, and what follows it is left to the kernel, so no read would
notice the end of a connection. The kernel notices it (EPOLLRDHUP, epoll_ctl(2)), once for each, for nothing a request.
"""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import trio

from app.front.rests import Rests


class Hangups:
    """Calls back for connections whose other end sends nothing more, or is gone.

    Args:
        rest: Seconds that each may wait for a next request.

    Attributes:
        rests: Those that do.
    """

    def __init__(self, rest: float) -> None:
        self.rests = Rests(rest)
        self._epoll = select.epoll()
        self._calls: dict[int, Callable[[], None]] = {}

    async def run(self) -> None:
        """Watch until cancelled, which is the end of it."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.rests.run)
            await self._watch()

    async def _watch(self) -> None:
        with self._epoll:
            while True:
                await trio.lowlevel.wait_readable(self._epoll.fileno())
                for number, _ in self._epoll.poll(0):
                    call = self._calls.get(number)
                    if call is not None:
                        call()

    @contextmanager
    def watched(self, stream: trio.SocketStream, call: Callable[[], None]) -> Iterator[None]:
        """Have a connection watched.

        Args:
            stream: The connection.
            call: Called once when it is half-closed, closed or reset by the other end; it must not wait or raise.
        """
        number = stream.socket.fileno()
        try:
            self._epoll.register(number, select.EPOLLRDHUP | select.EPOLLET)
        except (OSError, ValueError):  # it is closed already, or the server is
            yield
            return
        self._calls[number] = call
        try:
            yield
        finally:
            # A closed one's number may be another's by now.
            if self._calls.get(number) == call:
                del self._calls[number]
            if stream.socket.fileno() == number:
                with suppress(OSError, ValueError):
                    self._epoll.unregister(number)
