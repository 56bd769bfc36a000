"""WebSockets that are not streams of ours, for the ASGI application: the one seam to hypercorn.

hypercorn's own TCP server is not used: its sends wait without a deadline inside a shield, a request that ends while its
task is cancelled leaves the socket open or without its idle timer (with Quart-Trio: each one), and it speaks HTTP/2 to
whoever asks. What is taken is `H11Protocol`, which turns an upgrade into ASGI's messages and back, and the task group
that runs the application.
"""

import logging
from contextlib import suppress
from typing import Optional, cast

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol, H11WSConnection
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState

from app.asgi import App
from app.front.applications import Applications
from app.front.connection import abort, addresses_of, limit_send_buffer, linger, shut
from app.front.head import Head
from app.front.limits import FrontLimits
from app.front.plain import PlainH11

logger = logging.getLogger(__name__)

_READ = 64 * 1024
_NEVER = float("inf")


class WebSocketServer:
    """What the WebSockets of one server share.

    Args:
        app: The ASGI application.
        limits: What a client may cost.
    """

    def __init__(self, app: App, limits: FrontLimits) -> None:
        self.app = app
        self.limits = limits
        self.context = WorkerContext(None)
        self.config = Config()
        self.config.errorlog = logger
        self.config.include_server_header = False
        self.config.h11_max_incomplete_size = limits.head_size
        self.config.websocket_max_message_size = limits.relayed
        self.config.websocket_ping_interval = limits.ping_every
        self._connections: set[_WebSocket] = set()

    async def serve(self, stream: trio.SocketStream, head: Head) -> None:
        """Serve one connection to its end.

        Args:
            stream: The connection; closed by whoever opened it.
            head: The upgrade.
        """
        limit_send_buffer(stream, self.limits)  # what is there is as old as what it holds
        connection = _WebSocket(self, stream)
        self._connections.add(connection)
        try:
            await connection.run(head.raw + head.rest)
        finally:
            self._connections.discard(connection)

    async def stop(self) -> None:
        """Let each connection end with the answer that it is busy with, and those that wait for a request at once."""
        await self.context.terminated.set()
        for connection in tuple(self._connections):
            connection.stop()


class _WebSocket:
    """One connection.

    Args:
        server: Whose.
        stream: The socket.
    """

    def __init__(self, server: WebSocketServer, stream: trio.SocketStream) -> None:
        self._server = server
        self._limits = server.limits
        self._stream = stream
        self._protocol: H11Protocol
        self._sending = trio.Lock()
        self._reading = trio.CancelScope()
        self._all = trio.CancelScope()
        self._waiting: Optional[trio.CancelScope] = None
        self._apps = Applications(server.app, self._end_all)
        self._idle_since: Optional[float] = None
        self._ended = False
        self._broken = False
        self._at_rest = False

    async def run(self, head: bytes) -> None:
        """Read until the connection ends, then see the application out."""
        self._idle_since = trio.current_time()
        try:
            client, here = addresses_of(self._stream)
        except OSError:
            return
        with self._all:
            async with self._apps as group:
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
                with self._reading:
                    await self._read(head)
                self._end()
                self._end_all()
                await self._protocol.handle(Closed())
        # A client with nothing to send or to read would be waited for in vain: many keep their connections in a pool.
        if not self._broken and not self._at_rest:
            await linger(self._stream, self._limits.linger)

    def stop(self) -> None:
        """End the connection now if it waits for a request."""
        if self._idle_since is not None:
            self._at_rest = True
            self._reading.cancel()

    async def _read(self, data: bytes) -> None:
        while True:
            await self._protocol.handle(RawData(data))
            if not data:
                return
            try:
                received = await self._receive()
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._broken = True
                return
            if received is None:
                return
            data = received

    async def _receive(self) -> Optional[bytes]:
        """Wait for bytes; None when it took too long."""
        with trio.CancelScope(deadline=self._deadline()) as self._waiting:
            return await self._stream.receive_some(_READ)
        return None

    def _deadline(self) -> float:
        if self._idle_since is not None:
            return self._idle_since + self._limits.keep_alive
        if self._protocol.connection.their_state is h11.SEND_BODY:
            return trio.current_time() + self._limits.upload_stall
        if isinstance(self._protocol.connection, H11WSConnection):
            # Who is there answers pings; one that is stopped would acknowledge them in the kernel for ever.
            return trio.current_time() + self._limits.ping_every * (self._limits.pings + 1)
        return _NEVER

    async def _on_event(self, event: Event) -> None:
        """What the protocol wants done; called from the reader and from the application's task."""
        if isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Updated):
            self._idle_since = trio.current_time() if event.idle else None
            if self._waiting is not None:
                self._waiting.deadline = self._deadline()
        elif isinstance(event, Closed):
            self._end()

    def _end(self) -> None:
        """Say that nothing more is sent, and stop reading; no checkpoint, so that a cancelled task does it too."""
        if not self._ended:
            self._ended = True
            shut(self._stream)
            self._reading.cancel()

    def _end_all(self) -> None:
        """When the application has ended too, end what is left: a ping's timer, or news that nobody reads."""
        if self._ended and not self._apps.running:
            self._all.cancel()

    async def _write(self, data: bytes) -> None:
        """Send all of it; the client must take a byte now and then.

        A request's task may be cancelled, and half an answer would break the connection for the next one, so what was
        begun is finished. When the server stops for good it closes the socket, which ends the wait.
        """
        with trio.CancelScope(shield=True):
            async with self._sending:
                left = memoryview(data)
                while left and not self._broken:
                    with trio.move_on_after(self._limits.send_stall) as waiting:
                        left = left[await self._send_some(left) :]
                    if waiting.cancelled_caught:
                        logger.info("a client took no byte of an answer for %g s", self._limits.send_stall)
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
