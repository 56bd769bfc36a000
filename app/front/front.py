"""What becomes of a connection: a stream goes to the broadcaster, everything else to the HTTP server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Optional, Protocol

import trio

from actors.runtime.context import current_request
from app.asgi import App
from app.front.broadcaster import Broadcaster, Judge, Lease, Streams, for_ever
from app.front.connection import refuse
from app.front.figures import FrontFigures
from app.front.head import BadHead, Head, wants_stream
from app.front.http.hangups import Hangups
from app.front.http.server import HttpServer
from app.front.limits import DEFAULT_LIMITS, FrontLimits
from app.front.reading import HeadReader


class Upgrades(Protocol):
    """Whoever takes upgrades that are not for a stream of ours: the previews."""

    def takes(self, head: Head) -> bool:
        """Whether a request is an upgrade for one of them."""

    async def serve(self, stream: trio.SocketStream, head: Head) -> None:
        """Serve it, and what follows it, to its end."""

    def stop(self) -> None:
        """End what was upgraded: the server is stopping."""


class Front:
    """Reads each connection's first head and hands it on.

    Args:
        broadcaster: For streams.
        http: For the rest.
        limits: What a client may cost.
        previews: For the upgrades of previews, which come first: an app's host has no streams of ours.
        figures: What is counted; the others have the same.

    Attributes:
        stopping: Set by `stop`; give it to `serve_front`.
        figures: What is counted; give it to `serve_front`.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        http: HttpServer,
        limits: FrontLimits,
        previews: Optional[Upgrades],
        figures: FrontFigures,
    ) -> None:
        self._broadcaster = broadcaster
        self._http = http
        self._limits = limits
        self._previews = previews
        self.figures = figures
        self._reader = HeadReader(limits)
        self.stopping = self._reader.stopping

    @property
    def subscribers(self) -> int:
        """Streams that are open."""
        return self._broadcaster.subscribers

    async def handle(self, stream: trio.SocketStream) -> None:
        """Serve one connection to its end; whoever accepted it closes it."""
        try:
            head = await self._reader.read(stream)
        except BadHead as error:
            self.figures.requests.refused(error.problem.status)
            await refuse(stream, error.problem, self._limits)
            return
        if head is None:
            return
        if self._previews is not None and self._previews.takes(head):
            current_request.set(head)
            await self._previews.serve(stream, head)
            return
        # A proxy uses its connections again, so that a stream may come after other requests.
        upgrade = head if wants_stream(head) else await self._http.serve_http(stream, head, self._is_stream)
        del head  # a stream is long, and there may be many
        if upgrade is not None:
            serving = self._broadcaster.serve(stream, upgrade)
            del upgrade
            await serving

    def _is_stream(self, head: Head) -> bool:
        return wants_stream(head) and (self._previews is None or not self._previews.takes(head))

    async def run(self) -> None:
        """Keep the deadlines of first heads, until it is cancelled."""
        await self._reader.run()

    async def until_left(self) -> None:
        """Wait until no stream is open."""
        await self._broadcaster.until_left()

    def stop(self) -> None:
        """Begin to stop: streams are closed with 1012, requests are answered, connections without one are closed."""
        self._reader.stop()
        self._broadcaster.stop()
        if self._previews is not None:
            self._previews.stop()
        self._http.stop()


@asynccontextmanager
async def open_front(
    streams: Streams,
    judge: Judge,
    http_app: App,
    limits: FrontLimits = DEFAULT_LIMITS,
    previews: Optional[Upgrades] = None,
    lease: Lease = for_ever,
    figures: Optional[FrontFigures] = None,
) -> AsyncIterator[Front]:
    """Open what serves connections; give `front.handle` and `front.stopping` to `serve_front` within the block.

    Args:
        streams: Where topics are found.
        judge: Who may follow a stream; the HTTP application judges its own requests.
        http_app: The ASGI application for everything that is not a stream.
        limits: What a client may cost.
        previews: For the upgrades of previews.
        lease: Until when they may.
        figures: What is counted; its own when not given.
    """
    figures = figures or FrontFigures()
    async with trio.open_nursery() as nursery:
        broadcaster = Broadcaster(streams, judge, limits, nursery, lease, figures)
        figures.lags = broadcaster.lags
        hangups = Hangups(limits.keep_alive)
        nursery.start_soon(broadcaster.ping)
        nursery.start_soon(hangups.run)
        try:
            http = HttpServer(http_app, limits, hangups, figures.requests)
            front = Front(broadcaster, http, limits, previews, figures)
            nursery.start_soon(front.run)
            yield front
        finally:
            nursery.cancel_scope.cancel()
