"""WebSockets that are not streams of ours, for the ASGI application: the one seam to hypercorn.

Each is its connection's last request: the HTTP server (`app/front/http`) hands on what is an upgrade. hypercorn's own
TCP server is not used: its sends wait without a deadline inside a shield, and what ends while its task is cancelled
leaves the socket open. What is taken is `H11Protocol`, which turns an upgrade into ASGI's messages and back, and the
task group that runs the application.
"""

import logging
from contextlib import suppress
from typing import cast

import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState

from app.asgi import App
from app.front.applications import Application
from app.front.connection import abort, addresses_of, limit_send_buffer, linger, shut
from app.front.head import Head
from app.front.http.exchange import COUNTED_AS
from app.front.limits import FrontLimits
from app.front.plain import PlainH11
from app.front.requests import Requests

logger = logging.getLogger(__name__)

_READ = 64 * 1024


class WebSocketServer:
    """What the WebSockets of one server share.

    Args:
        app: The ASGI application.
        limits: What a client may cost.
        requests: Counts them.
    """

    def __init__(self, app: App, limits: FrontLimits, requests: Requests) -> None:
        self.app = app
        self.requests = requests
        self.limits = limits
        self.context = WorkerContext(None)
        self.config = Config()
        self.config.errorlog = logger
        self.config.include_server_header = False
        self.config.h11_max_incomplete_size = limits.head_size
        self.config.websocket_max_message_size = limits.relayed
        self.config.websocket_ping_interval = limits.ping_every

    async def serve(self, stream: trio.SocketStream, head: Head) -> None:
        """Serve one connection to its end.

        Args:
            stream: The connection; closed by whoever opened it.
            head: The upgrade.
        """
        limit_send_buffer(stream, self.limits)  # what is there is as old as what it holds
        await _WebSocket(self, stream, head).run()


class _WebSocket:
    """One connection.

    Args:
        server: Whose.
        stream: The socket.
        head: The upgrade.
    """

    def __init__(self, server: WebSocketServer, stream: trio.SocketStream, head: Head) -> None:
        self._head = head
        self._server = server
        self._limits = server.limits
        self._stream = stream
        self._protocol: PlainH11
        self._sending = trio.Lock()
        self._reading = trio.CancelScope()
        self._all = trio.CancelScope()
        self._application = Application(server.app, self._end_all)
        self._ended = False
        self._broken = False

    async def run(self) -> None:
        """Read until the connection ends, then see the application out."""
        try:
            client, here = addresses_of(self._stream)
        except OSError:
            return
        with self._all:
            async with self._application as group:
                self._protocol = PlainH11(
                    cast("AppWrapper", self._server.app),
                    self._server.config,
                    self._server.context,
                    group,
                    ConnectionState({}),
                    False,
                    client,
                    here,
                    self._on_event,
                )
                self._protocol.on_answer = self._count
                with self._reading:
                    await self._read(self._head.raw + self._head.rest)
                self._end()
                self._end_all()
                await self._protocol.handle(Closed())
        if not self._broken:
            await linger(self._stream, self._limits.linger)

    async def _read(self, data: bytes) -> None:
        # Who is there answers pings; one that is stopped would acknowledge them in the kernel for ever.
        patience = self._limits.ping_every * (self._limits.pings + 1)
        while data:
            await self._protocol.handle(RawData(data))
            data = b""
            try:
                with trio.move_on_after(patience):
                    data = await self._stream.receive_some(_READ)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._broken = True

    async def _on_event(self, event: Event) -> None:
        """What the protocol wants done; called from the reader and from the application's task."""
        if isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Closed):
            self._end()

    def _count(self, status: int) -> None:
        target = self._application.state.get(COUNTED_AS, self._head.target)
        self._server.requests.counted(self._head.method, target, status)

    def _end(self) -> None:
        """Say that nothing more is sent, and stop reading; no checkpoint, so that a cancelled task does it too."""
        if not self._ended:
            self._ended = True
            shut(self._stream)
            self._reading.cancel()

    def _end_all(self) -> None:
        """When the application has ended too, end what is left: a ping's timer, or news that nobody reads."""
        if self._ended and not self._application.running:
            self._all.cancel()

    async def _write(self, data: bytes) -> None:
        """Send all of it; the client must take a byte now and then.

        The application's task may be cancelled, and half a frame would break the connection for the next one, so what
        was begun is finished. When the server stops for good it closes the socket, which ends the wait.
        """
        with trio.CancelScope(shield=True):
            async with self._sending:
                left = memoryview(data)
                while left and not self._broken:
                    with trio.move_on_after(self._limits.send_stall) as waiting:
                        left = left[await self._send_some(left) :]
                    if waiting.cancelled_caught:
                        logger.info("a client took no byte of a WebSocket for %g s", self._limits.send_stall)
                        abort(self._stream)
                        self._break()

    async def _send_some(self, data: memoryview) -> int:
        with suppress(OSError, trio.ClosedResourceError):
            return await self._stream.socket.send(data)
        self._break()
        return 0

    def _break(self) -> None:
        self._broken = True
        self._reading.cancel()
