"""Ends waits for a request that last too long: one task for all connections, and next to nothing for each."""

import trio
from trio.socket import SocketType


class Rests:
    """The connections that wait for a request.

    All may wait equally long, so the one that began first ends first, and nothing has to be sorted.

    Args:
        seconds: How long each may wait.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[SocketType, float] = {}
        self._some = trio.Event()

    async def run(self) -> None:
        """End waits until cancelled, which is the end of it."""
        while True:
            while self._ends:
                sock, end = next(iter(self._ends.items()))
                if end > trio.current_time():
                    await trio.sleep_until(end)
                else:
                    del self._ends[sock]
                    trio.lowlevel.notify_closing(sock)
            self._some = trio.Event()
            await self._some.wait()

    def begin(self, sock: SocketType) -> None:
        """Count from now; whoever waits for bytes of it after its time gets `trio.ClosedResourceError`."""
        self._ends[sock] = trio.current_time() + self._seconds
        self._some.set()

    def goes_on(self, sock: SocketType) -> bool:
        """Whether its time is not over; to be asked before each further wait, since none is ended that begins later."""
        return sock in self._ends

    def end_all(self) -> None:
        """End all waits now."""
        while self._ends:
            trio.lowlevel.notify_closing(self._ends.popitem()[0])

    def end(self, sock: SocketType) -> None:
        """Count no longer."""
        self._ends.pop(sock, None)
