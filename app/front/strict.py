"""h11's connection with what it leaves open decided: framing that programs may read differently, and stray bytes."""

import re
from typing import Final, Union

import h11

_LOOSE_LINE: Final = re.compile(rb"(?<!\r)\n|\n[ \t]")
"""A line end without its CR, or a line that goes on in the next one."""


def check_lines(head: bytes) -> None:
    """Refuse a head whose lines another program may cut elsewhere (RFC 9112, sections 2.2 and 5.2).

    Raises:
        RemoteProtocolError: It has such lines.
    """
    if _LOOSE_LINE.search(head):
        raise h11.RemoteProtocolError("a line ends without CR, or goes on in the next one", error_status_hint=400)


class StrictConnection(h11.Connection):
    """The server's side of an HTTP/1.1 connection.

    Args:
        head_size: Bytes of a request's head; h11 by itself holds that against those only that come in pieces.
    """

    def __init__(self, head_size: int) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=head_size)
        self._head_size = head_size

    def receive_data(self, data: bytes) -> None:
        """Take bytes, and drop those that come after the last request of the connection.

        The client said `Connection: close`, or was told it: a stray line end behind the request must not cost the
        answer, and what nobody will read must not gather.
        """
        if not data or self.their_state is not h11.MUST_CLOSE:
            super().receive_data(data)

    def next_event(self) -> Union[h11.Event, type[h11.NEED_DATA], type[h11.PAUSED]]:
        """The next event.

        Raises:
            RemoteProtocolError: The client does not speak HTTP, or in a way that a proxy in front may read differently.
        """
        if self.their_state is h11.MUST_CLOSE:
            return h11.NEED_DATA
        before = self.trailing_data[0] if self.their_state is h11.IDLE else b""
        event = super().next_event()
        if isinstance(event, h11.Request):
            head = before[: len(before) - len(self.trailing_data[0])]
            if len(head) > self._head_size:
                raise h11.RemoteProtocolError("the head is too long", error_status_hint=431)
            check_lines(head)
            check_request(event)
        return event


def check_request(request: h11.Request) -> None:
    """Refuse a request whose framing, method or target another program may understand otherwise.

    Raises:
        RemoteProtocolError: It is such a request.
    """
    names = {name for name, _ in request.headers}
    if {b"content-length", b"transfer-encoding"} <= names:
        # RFC 9112, section 6.3: what a smuggled request looks like.
        raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding", error_status_hint=400)
    if b"transfer-encoding" in names and request.http_version < b"1.1":
        # RFC 9112, section 6.1: its sender does not know the header, and took it from somewhere.
        raise h11.RemoteProtocolError("Transfer-Encoding in HTTP/1.0", error_status_hint=400)
    if names & {b"content-length", b"transfer-encoding"} and (b"upgrade", b"websocket") in _lower(request):
        # Whoever reads the body first takes it for frames, or the frames for a body.
        raise h11.RemoteProtocolError("an upgrade to a WebSocket with a body", error_status_hint=400)
    if request.method != request.method.upper():
        # Methods are case-sensitive; what is behind us would raise it, and a rule in front may not have.
        raise h11.RemoteProtocolError("a method in lower case", error_status_hint=400)
    if not request.target.startswith(b"/") and (request.method, request.target) != (b"OPTIONS", b"*"):
        raise h11.RemoteProtocolError("the target is not a path", error_status_hint=400)


def _lower(request: h11.Request) -> set[tuple[bytes, bytes]]:
    return {(name, value.lower()) for name, value in request.headers}
