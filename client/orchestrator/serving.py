"""Connections: hypercorn's HTTP/1.1 on loopback sockets, each in a guard of its own."""

import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any, cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework

from client.errors import LocalProblem
from client.orchestrator.edge import AsgiApp

logger = logging.getLogger(__name__)

_CONNECTIONS = 200
_STALL_MS = 30_000
_GRACE_S = 3.0
_TRIES = 16
_NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


def open_sockets(port: int) -> list[socket.socket]:
    """Listen on the loopback addresses, both, since clients try the one or the other first.

    Args:
        port: 0 for one that is free on both.

    Raises:
        LocalProblem: The port cannot be had.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            return _open_both(port)
        except OSError as error:
            if port == 0 and error.errno == errno.EADDRINUSE and tries_left:
                continue
            problem = f"cannot listen on port {port}: {(error.strerror or str(error)).lower()}"
            hint = "stop the program that listens there (`ss -ltnp` names it), or choose another with --port"
            raise LocalProblem(problem, hint=hint) from error
    raise LocalProblem("there is no free port", hint="choose one with --port")


def _open_both(port: int) -> list[socket.socket]:
    """Open both at one port, or the first where there is no IPv6."""
    with ExitStack() as undo:
        first = undo.enter_context(_open(socket.AF_INET, "127.0.0.1", port))
        opened = [first]
        try:
            opened.append(undo.enter_context(_open(socket.AF_INET6, "::1", first.getsockname()[1])))
        except OSError as error:
            if error.errno not in _NO_IPV6:
                raise
        undo.pop_all()
    return opened


def _open(family: int, address: str, port: int) -> socket.socket:
    """Open one listening socket."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it: who stops reading an answer is let go, whatever hypercorn waits for.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALL_MS)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(128)
    except OSError:
        sock.close()
        raise
    return sock


class _Server:
    """What the connections share.

    Args:
        app: Answers.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = ASGIWrapper(cast("ASGIFramework", app))
        self._config = Config()
        self._config.errorlog = logger
        self._config.include_server_header = False
        self._config.keep_alive_timeout = 60
        self._context = WorkerContext(None)
        self._room = trio.CapacityLimiter(_CONNECTIONS)
        self._streams: set[trio.SocketStream] = set()

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve one connection; whatever goes wrong in it is its own end and no other's."""
        try:
            self._room.acquire_on_behalf_of_nowait(stream)
        except trio.WouldBlock:
            logger.warning("more than %d connections: one is closed", _CONNECTIONS)
            stream.socket.close()
            return
        self._streams.add(stream)
        state: Any = {}
        # Some versions say that they take streams with TLS alone; they take each, as the server itself hands them on.
        any_stream: Any = stream
        try:
            await TCPServer(self._app, self._config, self._context, state, any_stream)
        except Exception:
            logger.exception("a connection failed")
        finally:
            self._streams.discard(stream)
            self._room.release_on_behalf_of(stream)
            stream.socket.close()

    async def stop(self) -> None:
        """Let answers that are under way end for a moment, then close what is left."""
        await self._context.terminated.set()
        with trio.move_on_after(_GRACE_S):
            while self._streams:
                await trio.sleep(0.05)
                self.cut()

    def cut(self) -> None:
        """Shut every connection down."""
        for stream in self._streams:
            try:
                stream.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("a connection was closed already")


@asynccontextmanager
async def open_serving(app: AsgiApp, sockets: list[socket.socket]) -> AsyncIterator[None]:
    """Serve an application on sockets that listen, until the end.

    Args:
        app: Answers.
        sockets: Closed at the end.
    """
    listeners = []
    for sock in sockets:
        sock.setblocking(False)
        listeners.append(trio.SocketListener(trio.socket.from_stdlib_socket(sock)))
    server = _Server(app)
    async with trio.open_nursery() as connections:
        async with trio.open_nursery() as accepting:
            for listener in listeners:
                accepting.start_soon(_accept, server, listener, connections)
            try:
                yield
            finally:
                accepting.cancel_scope.cancel()
        with trio.move_on_after(_GRACE_S, shield=True):
            await server.stop()
        connections.cancel_scope.cancel()


async def _accept(server: _Server, listener: trio.SocketListener, connections: trio.Nursery) -> None:
    """Accept connections."""
    async with listener:
        await trio.serve_listeners(server.serve, [listener], handler_nursery=connections)
