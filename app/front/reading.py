"""Reads the first head of each connection, within bounds."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Optional

import trio

from app.front.head import BadHead, Head, HeadParser
from app.front.limits import FrontLimits
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
        self._waiting: set[trio.CancelScope] = set()
        self.stopping = trio.Event()

    def stop(self) -> None:
        """Wait for no further heads."""
        self.stopping.set()
        for scope in tuple(self._waiting):
            scope.cancel()

    async def read(self, stream: trio.SocketStream) -> Optional[Head]:
        """Read a head; None when none is coming.

        Raises:
            BadHead: What came is none, or took too long.
        """
        if self.stopping.is_set():
            return None
        parser = HeadParser(self._limits.head_size)
        with trio.move_on_after(self._limits.head_time) as scope, self._waits(scope):
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                return await _collect(stream, parser, self._limits.head_size)
            return None
        if parser.started and not self.stopping.is_set():
            raise BadHead(
                Problem(408, f"No whole request came within {self._limits.head_time:g} s.", "Send the head at once.")
            )
        return None

    @contextmanager
    def _waits(self, scope: trio.CancelScope) -> Iterator[None]:
        self._waiting.add(scope)
        try:
            yield
        finally:
            self._waiting.discard(scope)


async def _collect(stream: trio.SocketStream, parser: HeadParser, size: int) -> Optional[Head]:
    while True:
        data = await stream.receive_some(size)
        if not data:
            return None
        head = parser.feed(data)
        if head is not None:
            return head
