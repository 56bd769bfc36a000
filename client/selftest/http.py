"""A small HTTP server for a kit that needs exact control over when a request is answered, and whether it is."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Optional

import h11
import httpx
import trio

MAX_BODY = 4 * 1024 * 1024
_READ = 64 * 1024
_CLOSE_S = 2.0


@dataclass(frozen=True)
class Request:
    """A request that came in whole.

    Attributes:
        method: Such as `POST`.
        path: Without the query, still percent-encoded.
        media_type: Of the body, without parameters, in small letters.
        body: As it came.
    """

    method: str
    path: str
    media_type: str
    body: bytes

    @property
    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """The JSON value of the body, None where there is none."""
        return json_value(self.body)


@dataclass(frozen=True)
class Reply:
    """What a request is answered with.

    Attributes:
        status: 0 closes the connection without an answer.
        value: The JSON value of the body.
    """

    status: int = 200
    value: Any = None


class WholeBody(httpx.AsyncByteStream):
    """The body of a request, in one piece.

    httpx's own is an async generator, which a request that is cancelled half-sent leaves unfinished.

    Args:
        content: The body.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Once(self._content)


class _Once(AsyncIterator[bytes]):
    """Gives one piece.

    Args:
        piece: Given first; nothing follows.
    """

    def __init__(self, piece: bytes) -> None:
        self._left = [piece]

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


Respond = Callable[[Request], Awaitable[Reply]]


def json_value(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value of a body, None where there is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


async def serve_connection(stream: trio.abc.Stream, respond: Respond) -> None:
    """Serve the requests of one connection until either side closes it.

    Args:
        stream: The connection; closed at the end.
        respond: Called for each request.
    """
    async with stream:
        connection = h11.Connection(h11.SERVER)
        try:
            while await _exchange(stream, connection, respond):
                connection.start_next_cycle()
        except (h11.RemoteProtocolError, trio.BrokenResourceError, trio.ClosedResourceError):
            return


async def _exchange(stream: trio.abc.Stream, connection: h11.Connection, respond: Respond) -> bool:
    """Serve one request, and return whether another may follow."""
    request = await _receive(stream, connection)
    if request is None:
        return False
    reply = await respond(request)
    if not reply.status:
        return False
    await _send(stream, connection, reply)
    return connection.our_state is h11.DONE and connection.their_state is h11.DONE


async def _receive(stream: trio.abc.Stream, connection: h11.Connection) -> Optional[Request]:
    """Read one request; None when there is none, or it is larger than any that belongs here."""
    head: Optional[h11.Request] = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                await stream.send_all(connection.send(go_on) or b"")
            connection.receive_data(bytes(await stream.receive_some(_READ)))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                return None
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _request(head, bytes(body))
        else:
            return None


def _request(head: h11.Request, body: bytes) -> Request:
    """Return a request from its head and body."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    path = head.target.decode("latin-1").partition("?")[0]
    return Request(head.method.decode("latin-1"), path, media_type, body)


async def _send(stream: trio.abc.Stream, connection: h11.Connection, reply: Reply) -> None:
    """Send an answer as JSON."""
    body = json.dumps(reply.value).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    parts = (
        connection.send(h11.Response(status_code=reply.status, headers=headers)),
        connection.send(h11.Data(data=body)),
        connection.send(h11.EndOfMessage()),
    )
    with trio.move_on_after(_CLOSE_S):
        await stream.send_all(b"".join(part or b"" for part in parts))
