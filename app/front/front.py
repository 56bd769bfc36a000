"""What becomes of a connection: a stream goes to the broadcaster, everything else to the HTTP server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Optional

import trio

from app.asgi import App
from app.front.broadcaster import Broadcaster, Judge, Streams
from app.front.connection import refuse
from app.front.head import BadHead, Head, HeadParser, wants_stream
from app.front.limits import DEFAULT_LIMITS, FrontLimits
from app.front.serve_http import HttpServer
from app.problems import Problem


class Front:
    """Reads each connection's first head and hands it on.

    Args:
        broadcaster: For streams.
        http: For the rest.
        limits: What a client may cost.

    Attributes:
        stopping: Set by `stop`; give it to `serve_front`.
    """

    def __init__(self, broadcaster: Broadcaster, http: HttpServer, limits: FrontLimits) -> None:
        self._broadcaster = broadcaster
        self._http = http
        self._limits = limits
        self._waiting: set[trio.CancelScope] = set()
        self.stopping = trio.Event()

    @property
    def subscribers(self) -> int:
        """Streams that are open."""
        return self._broadcaster.subscribers

    async def handle(self, stream: trio.SocketStream) -> None:
        """Serve one connection to its end; whoever accepted it closes it."""
        try:
            head = await self._read_head(stream)
        except BadHead as error:
            await refuse(stream, error.problem, self._limits)
            return
        if head is None:
            return
        if wants_stream(head):
            await self._broadcaster.serve(stream, head)
        else:
            await self._http.serve_http(stream, head.raw + head.rest)

    async def stop(self) -> None:
        """Begin to stop: streams are closed with 1012, requests are answered, connections without one are closed."""
        self.stopping.set()
        for scope in tuple(self._waiting):
            scope.cancel()
        self._broadcaster.stop()
        await self._http.stop()

    async def _read_head(self, stream: trio.SocketStream) -> Optional[Head]:
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


@asynccontextmanager
async def open_front(
    streams: Streams, judge: Judge, http_app: App, limits: FrontLimits = DEFAULT_LIMITS
) -> AsyncIterator[Front]:
    """Open what serves connections; give `front.handle` and `front.stopping` to `serve_front` within the block.

    Args:
        streams: Where topics are found.
        judge: Who may follow a stream; the HTTP application judges its own requests.
        http_app: The ASGI application for everything that is not a stream.
        limits: What a client may cost.
    """
    async with trio.open_nursery() as nursery:
        broadcaster = Broadcaster(streams, judge, limits, nursery)
        nursery.start_soon(broadcaster.ping)
        try:
            yield Front(broadcaster, HttpServer(http_app, limits), limits)
        finally:
            nursery.cancel_scope.cancel()
