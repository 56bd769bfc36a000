"""The HTTP server: each connection is one task, which reads a head, runs the application, and reads the next one."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Optional

import trio

from actors.runtime.context import current_request
from app.asgi import App
from app.front.connection import abort, addresses_of, linger, receive, refuse, shut
from app.front.head import BadHead, Head, HeadParser, may_upgrade
from app.front.http.exchange import Exchange
from app.front.http.files import send_file
from app.front.http.hangups import Hangups
from app.front.http.room import wait_for_room
from app.front.limits import FrontLimits
from app.front.requests import Requests
from app.front.strict import check_head
from app.front.websockets import WebSocketServer

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

logger = logging.getLogger(__name__)

_HEAD_READ: Final = 16 * 1024
_BODY_READ: Final = 256 * 1024


class HttpServer:
    """What the HTTP connections of one server share.

    Args:
        app: The ASGI application.
        limits: What a client may cost.
        hangups: Tells who has hung up; whoever gives it runs it.
        requests: Counts them.
    """

    def __init__(self, app: App, limits: FrontLimits, hangups: Hangups, requests: Optional[Requests] = None) -> None:
        self.app = app
        self.limits = limits
        self.hangups = hangups
        self.requests = requests or Requests()
        self.stopping = False
        self.websockets = WebSocketServer(app, limits, self.requests)
        self._connections: set[_HttpConnection] = set()

    async def serve_http(
        self, stream: trio.SocketStream, head: Head, elsewhere: Callable[[Head], bool] = lambda _: False
    ) -> Optional[Head]:
        """Serve one connection to its end, or to an upgrade that somebody else serves.

        Args:
            stream: The connection; closed by whoever opened it.
            head: Its first head.
            elsewhere: Whether an upgrade is somebody else's.

        Returns:
            That upgrade, after which the connection is its server's.
        """
        try:
            connection = _HttpConnection(self, stream)
        except OSError:  # it is gone already
            return None
        self._connections.add(connection)
        try:
            return await connection.run(head, elsewhere)
        finally:
            self._connections.discard(connection)

    def stop(self) -> None:
        """Let each connection end with the answer that it is busy with, and those that wait for a request at once.

        WebSockets end as their application ends them, or with the server.
        """
        self.stopping = True
        for connection in tuple(self._connections):
            connection.stop()


class _HttpConnection:
    """One connection; see `Line` for what an exchange needs of it."""

    def __init__(self, server: HttpServer, stream: trio.SocketStream) -> None:
        self._server = server
        self._limits = server.limits
        self._stream = stream
        self.requests = server.requests
        self._rests = server.hangups.rests
        self._resting = False
        self._calls: list[Callable[[], None]] = []
        self._broken = False
        self._at_rest = False
        self.gone = trio.Event()
        self.addresses = addresses_of(stream)

    @property
    def stopping(self) -> bool:
        """Whether the server stops."""
        return self._server.stopping

    async def run(self, head: Head, elsewhere: Callable[[Head], bool]) -> Optional[Head]:
        """Answer requests until the connection ends, or an upgrade comes that is somebody else's."""
        upgrade = None
        with self._server.hangups.watched(self._stream, self.hang_up):
            try:
                upgrade = await self._answer_all(head)
            except BadHead as error:
                self.requests.refused(error.problem.status)
                await refuse(self._stream, error.problem, self._limits)
                return None
        if upgrade is not None and elsewhere(upgrade):
            return upgrade
        if upgrade is not None:
            await self._server.websockets.serve(self._stream, upgrade)
        elif not self._broken:
            shut(self._stream)
            # A client with nothing to send or to read would be waited for in vain: many keep connections in a pool.
            if not self._at_rest:
                await linger(self._stream, self._limits.linger)
        return None

    def stop(self) -> None:
        """End the connection now if it waits for a request."""
        if self._resting:
            self._at_rest = True
            trio.lowlevel.notify_closing(self._stream.socket)

    async def _answer_all(self, first: Head) -> Optional[Head]:
        """Answer until there is nothing more to answer; what is to become a WebSocket is returned."""
        head: Optional[Head] = first
        checked: Optional[Head] = None
        while head is not None:
            current_request.set(head)
            if checked is None or head.memo is not checked.memo:
                check_head(head)
            if may_upgrade(head):
                return head
            checked = head
            exchange = Exchange(self, head, self._limits.head_size)
            await self._run_app(exchange)
            if exchange.over or self.gone.is_set():
                return None
            head = await self._next_head(exchange.rest, head)
        return None

    async def _run_app(self, exchange: Exchange) -> None:
        try:
            await self._server.app(exchange.scope(), exchange.receive, exchange.send)
        except Exception:
            logger.exception("a request failed where no error is foreseen")
        except BaseExceptionGroup as group:
            errors, others = group.split(Exception)
            if errors is not None:
                logger.exception("a request failed where no error is foreseen", exc_info=errors)
            if others is not None:
                raise others from None
        finally:
            self._calls.clear()
        await exchange.finish()

    async def _next_head(self, data: bytes, last: Head) -> Optional[Head]:
        """Wait for the request after `last`; None when there is none, or it took too long.

        Raises:
            BadHead: What came is none.
        """
        if data:
            await trio.lowlevel.checkpoint()  # who sends many requests at once must not hold up all others
        if self.stopping:
            self._at_rest = not data
            return None
        parser = HeadParser(self._limits.head_size, last)
        self._resting = True
        self._rests.begin(self._stream.socket)
        try:
            return await self._collect(parser, data)
        except BadHead:
            current_request.set(None)  # it is none, and not the one before
            raise
        except trio.BrokenResourceError:
            self._broken = True
        except trio.ClosedResourceError:  # it is, or the wait was ended
            self._broken = self._stream.socket.fileno() < 0
        finally:
            self._rests.end(self._stream.socket)
            self._resting = False
        return None

    async def _collect(self, parser: HeadParser, data: bytes) -> Optional[Head]:
        head = parser.feed(data) if data else None
        while head is None:
            data = await receive(self._stream, _HEAD_READ)
            if not data:
                return None
            head = parser.feed(data)
            if head is None and (self.stopping or not self._rests.goes_on(self._stream.socket)):
                return None
        return head

    # What an exchange needs.

    def on_hangup(self, call: Callable[[], None]) -> None:
        """Have something called when the client hangs up, before the exchange is over."""
        self._calls.append(call)
        if self.gone.is_set():
            call()

    def hang_up(self) -> None:
        """Take the client for gone, though what was sent to it may still arrive."""
        self.gone.set()
        for call in self._calls:
            call()

    def lose(self) -> None:
        """Take the client for gone, and close at once."""
        self._broken = True
        self.hang_up()

    def reset(self) -> None:
        """Break the connection off, so that the client knows that something is missing."""
        abort(self._stream)
        self.lose()

    async def read(self) -> bytes:
        """Bytes of a body; nothing when it ended, or stood still for too long."""
        with (
            trio.move_on_after(self._limits.upload_stall),
            suppress(trio.BrokenResourceError, trio.ClosedResourceError),
        ):
            return await self._stream.receive_some(_BODY_READ)
        return b""

    async def write(self, data: bytes) -> None:
        """Send all of it; the client must take a byte now and then."""
        left = memoryview(data)
        while left and not self._broken:
            try:
                left = left[os.write(self._stream.socket.fileno(), left) :]
            except BlockingIOError:
                await self._writable()
            except OSError:
                self.lose()

    async def write_file(self, number: int, offset: int, count: int) -> int:
        """Send a part of an open file; how many bytes."""
        try:
            return await send_file(self._stream, number, offset, count, self._writable)
        except OSError:
            self.lose()
            return 0
        except BaseException:
            self.reset()  # half of it is sent, and nobody will send the other half
            raise

    async def _writable(self) -> bool:
        """Wait until the client can take more; False when it never will."""
        if self._stream.socket.fileno() < 0:  # closed meanwhile, which trio cannot wait for
            self.lose()
            return False
        try:
            stands_still = not await wait_for_room(self._stream, self._limits.send_stall)
        except trio.ClosedResourceError:
            self.lose()
            return False
        except BaseException:
            self.reset()  # half of something is sent, and nobody will send the other half
            raise
        if stands_still:
            logger.info("a client took no byte of an answer for %g s", self._limits.send_stall)
            self.reset()
        return not self._broken
