"""The opening handshake of a stream: wsproto checks it, the policy judges it, and what it asks for is read (pure)."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

import h11
from wsproto import WSConnection
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection, Request
from wsproto.utilities import RemoteProtocolError

from actors.runtime.errors import FieldError, InvalidInput
from app.front.head import STREAM_PREFIX, BadHead, Head
from app.problems import Problem
from app.requestid import HEADER as REQUEST_ID

SUBPROTOCOL = "callboard"

# A seq has fewer digits than this for as long as anyone can wait.
_DIGITS = 18


@dataclass(frozen=True)
class Wish:
    """What a handshake asks for.

    Attributes:
        actor_id: Whose stream.
        after: The seq of the last event that the client has.
    """

    actor_id: str
    after: int


def read_wish(head: Head) -> Wish:
    """Read what a stream's upgrade request asks for.

    Raises:
        InvalidInput: `after` is not a seq.
    """
    try:
        given = parse_qs(head.query, keep_blank_values=True, max_num_fields=16).get("after", ["0"])
    except ValueError:
        # More fields than anybody means.
        given = []
    after = given[0] if given else ""
    if len(given) != 1 or not (after.isascii() and after.isdecimal()) or len(after) > _DIGITS:
        raise InvalidInput(
            f"after={','.join(given)[:40]} is not the number of an event.",
            hint="Use the seq of the last event that was received, or 0 for all.",
            errors=(FieldError("after", "must be a whole number from 0"),),
        )
    return Wish(unquote(head.path[len(STREAM_PREFIX) :]), int(after))


class Handshake:
    """A handshake that is well-formed, to be accepted.

    Args:
        head: The upgrade request.

    Raises:
        BadHead: It is not well-formed.
    """

    def __init__(self, head: Head) -> None:
        if head.has_body():
            raise _bad("an upgrade has no body")
        self._ws = WSConnection(ConnectionType.SERVER)
        self._request = _read(self._ws, head.raw)

    def accept(self, request_id: str = "") -> bytes:
        """Accept it, with the subprotocol when it was offered; no extension is on, so permessage-deflate is refused.

        Args:
            request_id: To be told to the client; empty when it did not ask.

        Returns:
            What to send first.
        """
        offered = SUBPROTOCOL if SUBPROTOCOL in self._request.subprotocols else None
        named = [(REQUEST_ID, request_id.encode("ascii"))] if request_id else []
        return self._ws.send(AcceptConnection(subprotocol=offered, extra_headers=named))


def check_handshake(request: h11.Request) -> None:
    """Refuse an upgrade that another server is to accept, as `Handshake` would.

    Raises:
        BadHead: It is not well-formed.
    """
    if request.http_version < b"1.1":
        raise _bad("HTTP/1.0 has no upgrades")
    lines = [b"GET " + request.target + b" HTTP/1.1", *(name + b": " + value for name, value in request.headers)]
    _read(WSConnection(ConnectionType.SERVER), b"\r\n".join([*lines, b"", b""]))


def _read(ws: WSConnection, raw: bytes) -> Request:
    """Have wsproto read a request's head."""
    try:
        ws.receive_data(raw)
        request = next(ws.events(), None)
    except RemoteProtocolError as error:
        hint = error.event_hint
        status = getattr(hint, "status_code", 400)
        extra = (("sec-websocket-version", "13"),) if status == 426 else ()
        raise _bad(str(error), status, extra) from error
    except UnicodeError as error:
        raise _bad("its Host is no name, or a list in its head is not ASCII") from error
    if not isinstance(request, Request):
        raise _bad("it is not whole")
    return request


def _bad(why: str, status: int = 400, extra: tuple[tuple[str, str], ...] = ()) -> BadHead:
    return BadHead(
        Problem(status, f"This is not a WebSocket handshake: {why}.", "Use a WebSocket client (RFC 6455).", extra=extra)
    )
