"""How Quart gets a request: in the connection's own task, with its body read when the handler wants it.

Quart-Trio starts two tasks for each request, one of which only waits for the client to go. The front notices that for
all connections at once, and says so to whoever asked (see `app/front/http/hangups.py`).
"""

from collections.abc import Generator
from typing import Any, Final, Optional, cast

import trio
from quart.utils import encode_headers
from quart.wrappers.response import DataBody
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers.request import TrioBody, TrioRequest
from quart_trio.wrappers.response import TrioFileBody
from werkzeug.exceptions import RequestEntityTooLarge

from app.asgi import Receive, Scope, Send
from app.front.http.exchange import HANGUP, SEND_FILE

_START: Final = "http.response.start"
_BODY: Final = "http.response.body"


class _PulledBody(TrioBody):
    """A request's body that is read when it is awaited, or iterated over.

    Args:
        expected: What the request says of its length.
        most: Bytes that it may have.

    Attributes:
        receive: Of ASGI.
    """

    receive: Receive

    def __init__(self, expected: Optional[int], most: Optional[int]) -> None:  # not super's: it opens a channel
        self._most = float("inf") if most is None else most
        self._must_raise = RequestEntityTooLarge() if (expected or 0) > self._most else None
        self._size = 0
        self._over = False
        self._all: Optional[bytes] = None

    def __await__(self) -> Generator[Any, None, bytes]:
        """All of it."""
        return self._collected().__await__()

    async def _collected(self) -> bytes:
        if self._all is None:
            self._all = b"".join([part async for part in self])
        return self._all

    async def __anext__(self) -> bytes:
        """The next part of it."""
        if self._must_raise is not None:
            raise self._must_raise
        if self._over:
            raise StopAsyncIteration
        message = await self.receive()
        if message["type"] == "http.disconnect":
            await trio.sleep_forever()  # which does not take long: it is cancelled with all the rest
        data = bytes(message.get("body", b""))
        self._over = not message.get("more_body", False)
        self._size += len(data)
        if self._size > self._most:
            self._must_raise = RequestEntityTooLarge()
            raise self._must_raise
        return data

    def clear(self) -> None:
        """Forget it."""
        self._all = b""


class _Request(TrioRequest):
    """A request with such a body."""

    body_class = _PulledBody  # type: ignore[assignment]  # as Quart types it


class _Connection(TrioASGIHTTPConnection):
    """One request."""

    async def __call__(self, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer it; ended when the client hangs up."""
        request = self._create_request_from_scope(send)  # type: ignore[arg-type]
        cast("_PulledBody", request.body).receive = receive
        with trio.CancelScope() as whole:
            cast("Scope", self.scope)["extensions"][HANGUP](whole.cancel)
            await self._send(send, await self.app.handle_request(request))

    async def _send(self, send: Send, response: Any) -> None:  # noqa: ANN401 - as Quart types it
        body = response.response
        if isinstance(body, DataBody):
            await send(_start(response))
            await send({"type": _BODY, "body": body.data, "more_body": False})
        elif isinstance(body, TrioFileBody):
            async with body:
                await send(_start(response))
                await send({"type": SEND_FILE, "file": body.file, "offset": body.begin, "count": body.end - body.begin})
        else:
            await self._send_response(send, response)  # type: ignore[arg-type]


def _start(response: Any) -> "dict[str, Any]":  # noqa: ANN401 - as Quart types it
    return {"type": _START, "status": response.status_code, "headers": encode_headers(response.headers)}


class FrontedQuart(QuartTrio):
    """Quart behind the front, and nowhere else: it needs its `HANGUP` and `SEND_FILE`."""

    asgi_http_class = _Connection
    request_class = _Request
