"""Reads the first head of each connection, within bounds."""

from contextlib import suppress
from typing import Optional

import trio

from app.front.connection import receive
from app.front.head import BadHead, Head, HeadParser
from app.front.limits import FrontLimits
from app.front.rests import Rests
from app.problems import Problem


class HeadReader:
    """Reads first heads until it is stopped.

    Args:
        limits: What a client may cost.

    Attributes:
        stopping: Set by `stop`.
    """

    def __init__(self, limits: FrontLimits) -> None:
        self._limits = limits
        self._waits = Rests(limits.head_time)
        self.stopping = trio.Event()

    async def run(self) -> None:
        """Keep the deadlines, until it is cancelled; to be run while heads are read."""
        await self._waits.run()

    def stop(self) -> None:
        """Wait for no further heads."""
        self.stopping.set()
        self._waits.end_all()

    async def read(self, stream: trio.SocketStream) -> Optional[Head]:
        """Read a head; None when none is coming.

        Raises:
            BadHead: What came is none, or took too long.
        """
        if self.stopping.is_set():
            return None
        parser = HeadParser(self._limits.head_size)
        sock = stream.socket
        self._waits.begin(sock)
        try:
            with suppress(trio.ClosedResourceError):  # it took too long, or is not waited for any more
                return await self._collect(stream, parser)
        except trio.BrokenResourceError:
            return None
        finally:
            self._waits.end(sock)
        if parser.started and not self.stopping.is_set() and sock.fileno() >= 0:
            raise BadHead(
                Problem(408, f"No whole request came within {self._limits.head_time:g} s.", "Send the head at once.")
            )
        return None

    async def _collect(self, stream: trio.SocketStream, parser: HeadParser) -> Optional[Head]:
        while True:
            data = await receive(stream, self._limits.head_size)
            if not data:
                return None
            head = parser.feed(data)
            if head is not None:
                return head
            if self.stopping.is_set() or not self._waits.goes_on(stream.socket):
                raise trio.ClosedResourceError
