"""hypercorn's protocol class for a WebSocket and nothing else, with what it answers by itself put in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final, Optional

import h11
import trio
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Body, EndBody, Response
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import H11Protocol, H11WSConnection

from actors.runtime.context import current_request, request_id
from app.front.handshake import check_handshake
from app.front.head import BadHead, Head
from app.front.http.answer import CLOSE, UNANSWERED
from app.problems import NO_PAGE, NO_STORE, SECURITY, Header, Problem
from app.requestid import HEADER as REQUEST_ID

_BARE: Final = {
    HTTPStatus.FORBIDDEN: Problem(403, "This WebSocket is not opened.", "Ask for what is there: GET /openapi.json."),
    HTTPStatus.INTERNAL_SERVER_ERROR: UNANSWERED,
}
"""What hypercorn answers by itself, with nothing in it, for an application that has said nothing; and what is said."""


class PlainH11(H11Protocol):
    """One upgrade, and the WebSocket after it: an offer to compress it is passed over, and a refusal ends it.

    Attributes:
        on_answer: Called with the status of the answer to the upgrade.
    """

    on_answer: Callable[[int], None]

    async def _refuse(self, problem: Problem) -> None:
        self.on_answer(problem.status)
        body = problem.body
        headers = [*problem.headers(body), *_named(problem.status, []), CLOSE, *self.config.response_headers("h11")]
        events = (h11.Response(status_code=problem.status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
        await self.send(RawData(data=b"".join(self.connection.send(event) or b"" for event in events)))

    async def _check_protocol(self, event: h11.Request) -> None:
        """Take no offer of HTTP/2: it belongs to a proxy in front."""

    async def _create_stream(self, request: h11.Request) -> None:
        self._accepted = trio.Event()
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
        """Pass on what a WebSocket sends, or its refusal."""
        said = _unsaid(event)
        if isinstance(event, Response):
            self.on_answer(event.status_code)
            headers = said.headers(said.body) if said is not None else event.headers
            event = replace(
                event, headers=[*headers, *_more_headers(event, headers), *_named(event.status_code, headers)]
            )
        await super().stream_send(event)
        if said is not None:
            await super().stream_send(Body(event.stream_id, said.body))
        if isinstance(event, Response) and event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self._accepted.set()
        elif isinstance(event, EndBody):
            await self.send(Closed())  # refused; hypercorn says that it closes then, and does not


def _named(status: int, headers: Sequence[Header]) -> list[Header]:
    """The request's id, in an error and where the client wants to be told it; an app's answer may have its own."""
    head = current_request.get()
    asked = isinstance(head, Head) and head.names_itself
    if not (asked or status >= HTTPStatus.BAD_REQUEST) or any(name.lower() == REQUEST_ID for name, _ in headers):
        return []
    return [(REQUEST_ID, request_id().encode("ascii"))] if head is not None else []


def _more_headers(event: Response, headers: Sequence[Header]) -> list[Header]:
    if event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
        return []
    closing = [] if CLOSE in headers else [CLOSE]
    # What no application has answered has none of ours.
    return closing if any(name == NO_PAGE[0] for name, _ in headers) else [*closing, *SECURITY, NO_PAGE, NO_STORE]


def _unsaid(event: StreamEvent) -> Optional[Problem]:
    """What an answer that hypercorn made by itself leaves unsaid; None for any other."""
    if isinstance(event, Response) and list(event.headers) == [(b"content-length", b"0"), CLOSE]:
        return _BARE.get(HTTPStatus(event.status_code))
    return None
