"""hypercorn's HTTP/1.1 protocol class with what it leaves open decided, and what it answers by itself put in words."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, Optional

import h11
import trio
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Body, EndBody, Response
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import H11Protocol, H11WSConnection

from app.front.handshake import check_handshake
from app.front.head import BadHead
from app.front.strict import StrictConnection
from app.problems import NO_PAGE, NO_STORE, SECURITY, Header, Problem

logger = logging.getLogger(__name__)

_CLOSE: Final[Header] = (b"connection", b"close")

_BARE: Final = {
    HTTPStatus.FORBIDDEN: Problem(403, "This WebSocket is not opened.", "Ask for what is there: GET /openapi.json."),
    HTTPStatus.INTERNAL_SERVER_ERROR: Problem(
        500, "The server ended this request without an answer.", "Try again; if that does not help, see its log."
    ),
}
"""What hypercorn answers by itself, with nothing in it, for an application that has said nothing; and what is said."""


class PlainH11(H11Protocol):
    """HTTP/1.1 and nothing else: offers to go on in HTTP/2, or to compress a WebSocket, are passed over."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.connection = StrictConnection(self.config.h11_max_incomplete_size)

    async def _send_error_response(self, status_code: int) -> None:
        """Say in our shape what is wrong with a request that never got to the application."""
        await self._refuse(
            Problem(status_code, "This request cannot be read as HTTP/1.1.", "Send it as RFC 9112 has it.")
        )

    async def _refuse(self, problem: Problem) -> None:
        body = problem.body
        headers = [*problem.headers(body), _CLOSE, *self.config.response_headers("h11")]
        events = (h11.Response(status_code=problem.status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
        # Without a wait between them: the application, which may answer the request's head, would get in between.
        answer = b""
        with suppress(h11.LocalProtocolError):  # the answer to HEAD has no body
            for event in events:
                answer += self.connection.send(event) or b""
        await self.send(RawData(data=answer))

    async def _check_protocol(self, event: h11.Request) -> None:
        """Take no offer of HTTP/2: it belongs to the proxy in front."""

    async def _create_stream(self, request: h11.Request) -> None:
        self._accepted = trio.Event()
        self._method = request.method
        if _is_upgrade(request):
            try:
                # hypercorn refuses with nothing in the answer, or fails; and what it would take is no more than this.
                check_handshake(request)
            except BadHead as error:
                await self._refuse(error.problem)
                await self.send(Closed())
                return
        kept = [(name, value) for name, value in request.headers if name != b"sec-websocket-extensions"]
        await super()._create_stream(
            h11.Request(method=request.method, target=request.target, headers=kept, http_version=request.http_version)
        )
        if isinstance(self.connection, H11WSConnection):
            # What follows an upgrade's head too early breaks hypercorn (pgjones/hypercorn#225): it waits.
            await self._accepted.wait()

    async def stream_send(self, event: StreamEvent) -> None:
        """Pass on what a request or a WebSocket sends.

        An answer that does not wait for the whole request says that it is the connection's last one (RFC 9112, section
        9.6): it is, and a client that does not know sends its next request into the closing.
        """
        said = _unsaid(event)
        if isinstance(event, Response):
            headers = said.headers(said.body) if said is not None else event.headers
            event = replace(event, headers=[*headers, *self._more_headers(event, headers)])
        try:
            await super().stream_send(event)
        except h11.LocalProtocolError:
            if not isinstance(event, EndBody):
                raise
            # Of a file that has become shorter meanwhile, say: the client sees that something is missing.
            logger.info("an answer ended before all of it was there, and its connection with it")
            await self.send(Closed())
        if said is not None and self._method != b"HEAD":
            await super().stream_send(Body(event.stream_id, said.body))
        if isinstance(event, Response) and event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self._accepted.set()
        elif isinstance(event, EndBody) and isinstance(self.connection, H11WSConnection):
            await self.send(Closed())  # refused; hypercorn says that it closes then, and does not

    def _more_headers(self, event: Response, headers: Sequence[Header]) -> list[Header]:
        if event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            return []
        last = self.connection.their_state is h11.SEND_BODY or isinstance(self.connection, H11WSConnection)
        closing = [_CLOSE] if last or _CLOSE in event.headers else []
        # What no application has answered has none of ours.
        if any(name == NO_PAGE[0] for name, _ in headers):
            return [one for one in closing if one not in headers]
        return [*(one for one in closing if one not in headers), *SECURITY, NO_PAGE, NO_STORE]


def _is_upgrade(request: h11.Request) -> bool:
    """Whether a request may be one to a WebSocket, also in the eyes of who reads only one of several headers."""

    def tokens(wanted: bytes) -> list[bytes]:
        joined = b",".join(value for name, value in request.headers if name == wanted)
        return [one.strip().lower() for one in joined.split(b",")]

    return request.method == b"GET" and b"websocket" in tokens(b"upgrade") and b"upgrade" in tokens(b"connection")


def _unsaid(event: StreamEvent) -> Optional[Problem]:
    """What an answer that hypercorn made by itself leaves unsaid; None for any other."""
    if isinstance(event, Response) and list(event.headers) == [(b"content-length", b"0"), _CLOSE]:
        return _BARE.get(HTTPStatus(event.status_code))
    return None
