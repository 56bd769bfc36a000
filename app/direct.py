"""Routes that are asked for so often that the way to them through Quart costs more than they do.

Such a route is a function from what was asked to a JSON object. The contract's blueprint has it too, for the API's
description, and for what else is asked of its path: HEAD, OPTIONS, and methods that it does not take.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import trio

from actors.runtime.errors import TooLarge
from app.asgi import App, Receive, Scope, Send, answer
from app.errors import RequestTimeout
from app.front.http.exchange import THERE

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of a request's body; uploads do not come here."""


_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class Asked(Protocol):
    """A request, as a route needs it."""

    @property
    def mimetype(self) -> str:
        """The media type of its body, in lower case and without parameters; empty when it has none."""

    async def read(self) -> bytes:
        """All of its body.

        Raises:
            TooLarge: It is over `BODY_LIMIT`.
            RequestTimeout: It did not come in time.
        """


Route = Callable[[Asked], Awaitable[Mapping[str, Any]]]
"""Answers with a JSON object and 200; raises an error of the tree for anything else."""

Routes = Mapping[tuple[str, str], Route]
"""By method and path, which has no parts that vary."""


class _Left(Exception):
    """The client is gone, and there is nobody to answer."""


class _Asked:
    """A request that comes by ASGI.

    Args:
        scope: Of ASGI.
        receive: Of ASGI.
        seconds: In which all of its body has to come.
    """

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        self._headers = scope["headers"]
        self._there = scope["extensions"][THERE]
        self._receive = receive
        self._seconds = seconds

    @property
    def mimetype(self) -> str:
        return self._said(b"content-type").partition(b";")[0].strip().lower().decode("latin-1")

    async def read(self) -> bytes:
        if int(self._said(b"content-length") or 0) > BODY_LIMIT:
            raise too_large()
        if self._there():  # and a deadline would cost a tenth of the whole request
            return await self._collect()
        with trio.move_on_after(self._seconds):
            return await self._collect()
        raise stalled()

    async def _collect(self) -> bytes:
        data = bytearray()  # what comes in many small chunks is not to be copied with each of them
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Left
            data += message["body"]
            more = message["more_body"]
            if len(data) > BODY_LIMIT:
                raise too_large()
        return bytes(data)

    def _said(self, name: bytes) -> bytes:
        return next((value for key, value in self._headers if key == name), b"")


def too_large() -> TooLarge:
    """The error of a body over `BODY_LIMIT`."""
    return TooLarge(f"The body is larger than {BODY_LIMIT // 1024**2} MiB.", hint="Send less at once.")


def stalled() -> RequestTimeout:
    """The error of a body that does not come."""
    return RequestTimeout("The body did not come in time.", hint="Send it again.")


def directly(routes: Routes, app: App, seconds: float) -> App:
    """One application out of two: `routes` get what is asked of exactly them, and `app` the rest.

    Args:
        routes: They raise errors of the tree, which are the edge's to answer.
        app: An ASGI application.
        seconds: In which all of a request's body has to come.
    """

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        route = routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await app(scope, receive, send)
            return
        try:
            value = await route(_Asked(scope, receive, seconds))
        except _Left:
            return
        # As Quart writes it, so that nobody can tell which of the two has answered.
        body = _encode(value).encode() + b"\n"
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await answer(send, 200, head, body)

    return either
