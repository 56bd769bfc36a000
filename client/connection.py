"""One WebSocket connection to an event stream, with every way to end turned into two: come back, or give up."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Union

import h11
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError, WebSocketConnection, wrap_client_stream
from wsproto.utilities import ProtocolError

from client.address import Address
from client.errors import BadAnswer, ClientError, Unreachable, error_from_answer
from client.events import Event, parse_event
from client.groups import single_error
from client.transport import dial_host, tls_context

CONNECT_S = 10.0
SILENCE_S = 20.0
PONG_S = 10.0
_CLOSE_S = 2.0
_QUEUED = 16
_MAX_MESSAGE = 4 * 1024 * 1024
_SERVER_ERROR = 500
_TOO_MANY = 429
_REFUSALS = {1002: "protocol error", 1003: "unsupported data", 1007: "bad data", 1008: "policy", 1009: "too large"}
_REASONS = {
    1000: "the server closed the stream early",
    1001: "the server is stopping",
    1006: "the connection broke",
    1011: "the server failed while sending",
    1012: "the server is restarting",
    1013: "the server let us go as too slow",
}


class Dropped(Exception):
    """The connection ended in a way that says: come back."""


@dataclass(frozen=True)
class Endpoint:
    """The server, and how to be let in.

    Attributes:
        address: Of the server.
        token: Sent as a bearer token, when there is one.
        silence_s: After so long without an event the connection is tested with a ping.
        pong_s: How long the answer to that ping may take.
    """

    address: Address
    token: str = ""
    silence_s: float = SILENCE_S
    pong_s: float = PONG_S


@dataclass(frozen=True)
class Socket:
    """An open connection.

    Attributes:
        connection: trio-websocket's.
        endpoint: What it leads to.
    """

    connection: WebSocketConnection
    endpoint: Endpoint

    async def receive(self) -> Event:
        """Return the next event, testing the connection while there is none.

        Raises:
            Dropped: The connection ended or is dead: come back.
            ClientError: The server refuses to go on.
        """
        try:
            while True:
                with trio.move_on_after(self.endpoint.silence_s):
                    return parse_event(await self.connection.get_message())
                await self._test()
        except ConnectionClosed as closed:
            raise _ending(closed) from closed

    async def _test(self) -> None:
        """Send a ping and wait for its answer.

        Raises:
            Dropped: None came.
        """
        with trio.move_on_after(self.endpoint.pong_s) as scope:
            await self.connection.ping()
        if scope.cancelled_caught:
            raise Dropped("the connection went silent")


def _ending(closed: ConnectionClosed) -> Exception:
    """Return the error for a connection that was closed."""
    code = closed.reason.code if closed.reason is not None else 1006
    if code in _REFUSALS:
        return BadAnswer(f"the server closed the stream with {code} ({_REFUSALS[code]})", hint="see the server's log")
    return Dropped(_REASONS.get(code, f"the connection was closed with {code}"))


@asynccontextmanager
async def open_socket(endpoint: Endpoint, resource: str) -> AsyncIterator[Socket]:
    """Connect.

    Args:
        endpoint: The server.
        resource: Path and query of the stream.

    Yields:
        The connection, closed at the end within two seconds.

    Raises:
        Dropped: Nobody answers right now.
        ClientError: The server refused, with its own words.
    """
    # A refusal is raised by the connection's own reader, so it is only seen where the nursery ends.
    with _translated(), single_error():
        async with trio.open_nursery() as nursery:
            stream = await _open_stream(endpoint)
            try:
                connection = await _shake_hands(nursery, stream, endpoint, resource)
                yield Socket(connection, endpoint)
                with trio.move_on_after(_CLOSE_S):
                    await connection.aclose(1000)
            finally:
                with trio.move_on_after(_CLOSE_S, shield=True):
                    await trio.aclose_forcefully(stream)
                nursery.cancel_scope.cancel()


_Stream = Union[trio.SocketStream, "trio.SSLStream[trio.SocketStream]"]


async def _open_stream(endpoint: Endpoint) -> _Stream:
    """Open the connection under the WebSocket."""
    address = endpoint.address
    try:
        with trio.fail_after(CONNECT_S):
            stream = await trio.open_tcp_stream(dial_host(address.host), address.port)
    except (OSError, trio.TooSlowError) as error:
        raise Dropped("the server cannot be reached") from error
    return await _secured(stream, address) if address.secure else stream


async def _secured(stream: trio.SocketStream, address: Address) -> "trio.SSLStream[trio.SocketStream]":
    """Put TLS on the connection."""
    secured = trio.SSLStream(stream, tls_context(secure=True), server_hostname=address.host, https_compatible=True)
    try:
        with trio.fail_after(CONNECT_S):
            await secured.do_handshake()
    except (trio.BrokenResourceError, trio.TooSlowError) as error:
        stream.socket.close()
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            raise Unreachable(
                f"{address} cannot be trusted: {error.__cause__.verify_message}", hint="check the server's certificate"
            ) from error
        raise Dropped("the server did not open a secure connection") from error
    return secured


async def _shake_hands(
    nursery: trio.Nursery, stream: _Stream, endpoint: Endpoint, resource: str
) -> WebSocketConnection:
    """Do the WebSocket handshake."""
    headers = [(b"Authorization", f"Bearer {endpoint.token}".encode("ascii"))] if endpoint.token else []
    try:
        with trio.fail_after(CONNECT_S):
            return await wrap_client_stream(
                nursery,
                stream,
                endpoint.address.netloc,
                endpoint.address.prefix + resource,
                extra_headers=headers,
                message_queue_size=_QUEUED,
                max_message_size=_MAX_MESSAGE,
            )
    except trio.TooSlowError as error:
        raise Dropped("the server did not open the stream") from error


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what trio-websocket raises outside of receiving into the two ways to end.

    Raises:
        Dropped: The server did not speak WebSocket, or is busy.
        ClientError: It refused.
    """
    try:
        yield
    except ConnectionRejected as rejected:
        raise _refusal(rejected) from rejected
    except (HandshakeError, ConnectionClosed, ProtocolError, h11.ProtocolError) as error:
        raise Dropped("the server did not open the stream") from error


def _refusal(rejected: ConnectionRejected) -> Exception:
    """Return the error for an answer that is not an upgrade."""
    status = rejected.status_code
    error: ClientError = error_from_answer(status, rejected.body or b"", "follow the events")
    if status >= _SERVER_ERROR or status == _TOO_MANY:
        return Dropped(error.problem)
    return error
