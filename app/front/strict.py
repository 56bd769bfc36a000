"""h11's connection with what it leaves open decided: framing that programs may read differently, and stray bytes."""

from typing import Union

import h11


class StrictConnection(h11.Connection):
    """The server's side of an HTTP/1.1 connection."""

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
        event = super().next_event()
        if isinstance(event, h11.Request):
            _check(event)
        return event


def _check(request: h11.Request) -> None:
    names = {name for name, _ in request.headers}
    if {b"content-length", b"transfer-encoding"} <= names:
        # RFC 9112, section 6.3: what a smuggled request looks like.
        raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding", error_status_hint=400)
    if not request.target.startswith(b"/") and (request.method, request.target) != (b"OPTIONS", b"*"):
        raise h11.RemoteProtocolError("the target is not a path", error_status_hint=400)
