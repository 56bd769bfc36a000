"""Carries bytes between two sockets, each direction until its own end, within what is left of the proxy's budget."""

from dataclasses import dataclass

import trio

CHUNK = 64 * 1024

Broken = (trio.BrokenResourceError, trio.ClosedResourceError)


@dataclass
class Budget:
    """What all tunnels of a proxy may still carry in one direction.

    Attributes:
        left: Bytes.
    """

    left: int

    def take(self, count: int) -> bool:
        """Take bytes out; False when there are not as many left, and then there are none."""
        enough = count <= self.left
        self.left = self.left - count if enough else 0
        return enough


@dataclass
class Tunnel:
    """Two sockets with each other's bytes to carry.

    Attributes:
        client: The side that asked.
        host: The side that was asked for.
        sent: The budget from the client to the host.
        received: The budget from the host to the client.
        idle_seconds: Seconds without a byte, after which it ends.
    """

    client: trio.SocketStream
    host: trio.SocketStream
    sent: Budget
    received: Budget
    idle_seconds: float

    async def run(self, early: bytes) -> str:
        """Carry bytes until both sides ended, one broke, nothing came for too long or a budget is used up.

        Args:
            early: What the client sent behind its request.

        Returns:
            Why it ended; empty when both sides ended.
        """
        with trio.CancelScope() as scope:
            self._touch(scope)
            if early and not await self._pass_on(early, self.host, self.sent, scope):
                return "too much was sent"
            ends: list[str] = []
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._carry, self.client, self.host, self.sent, scope, ends)
                nursery.start_soon(self._carry, self.host, self.client, self.received, scope, ends)
            return ""
        return ends[0] if ends else "nothing was sent for too long"

    async def _carry(
        self,
        source: trio.SocketStream,
        sink: trio.SocketStream,
        budget: Budget,
        scope: trio.CancelScope,
        ends: list[str],
    ) -> None:
        """Carry one direction; its end is passed on, and the other direction goes on."""
        try:
            while True:
                chunk = await source.receive_some(CHUNK)
                if not chunk:
                    await sink.send_eof()
                    return
                if not await self._pass_on(chunk, sink, budget, scope):
                    ends.append("the bytes that may be carried are used up")
                    break
        except Broken:
            ends.append("a side went away")
        scope.cancel()

    async def _pass_on(self, chunk: bytes, sink: trio.SocketStream, budget: Budget, scope: trio.CancelScope) -> bool:
        """Send bytes on, if the budget has room for them."""
        if not budget.take(len(chunk)):
            return False
        self._touch(scope)
        await sink.send_all(chunk)
        self._touch(scope)
        return True

    def _touch(self, scope: trio.CancelScope) -> None:
        """Give the tunnel its time anew."""
        scope.deadline = trio.current_time() + self.idle_seconds
