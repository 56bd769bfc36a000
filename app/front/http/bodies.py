"""A request's body, taken from the connection when it is asked for (RFC 9112, section 6)."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, Union

import h11

from app.front.head import Head

Read = Callable[[], Awaitable[bytes]]
"""Waits for bytes of the connection; nothing when it has ended, or came to a stop."""

_CHUNKED: Final = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"


class BadBody(Exception):
    """What came is no body."""


class CutOff(Exception):
    """The connection ended within the body."""


class Body(Protocol):
    """A body.

    Attributes:
        whole: Whether all of it was given.
        begun: Whether some of it came.
        rest: What came after it.
    """

    whole: bool
    begun: bool
    rest: bytes

    async def read(self) -> bytes:
        """The next part of it, which may be empty only if it is the last one.

        Raises:
            BadBody: It is none.
            CutOff: The connection ended.
        """


class SizedBody:
    """A body whose length was said, or that is not there.

    Args:
        size: Its bytes.
        first: What came with the head.
        read: Reads the connection.
    """

    def __init__(self, size: int, first: bytes, read: Read) -> None:
        self._left = size
        self._read = read
        self.rest = first
        self.whole = size == 0
        self.begun = bool(size and first)

    async def read(self) -> bytes:
        """The next part."""
        if not self.rest and self._left:
            self.rest = await self._read()
            if not self.rest:
                raise CutOff
            self.begun = True
        if len(self.rest) <= self._left:
            part, self.rest = self.rest, b""
        else:
            part, self.rest = self.rest[: self._left], self.rest[self._left :]
        self._left -= len(part)
        self.whole = not self._left
        return part


class ChunkedBody:
    """A body in chunks; their sizes, extensions and trailers are h11's to read.

    Args:
        first: What came with the head.
        read: Reads the connection.
        limit: Bytes of one chunk's head, and of the trailers.
    """

    def __init__(self, first: bytes, read: Read, limit: int) -> None:
        self._read = read
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limit)
        self._h11.receive_data(_CHUNKED)
        self._h11.next_event()
        if first:
            self._h11.receive_data(first)
        self.begun = bool(first)
        self.whole = False
        self.rest = b""

    async def read(self) -> bytes:
        """The next part."""
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise BadBody(str(error)) from error
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if isinstance(event, h11.EndOfMessage):
                self.whole = True
                self.rest = self._h11.trailing_data[0]
                return b""
            data = await self._read()
            if not data:
                raise CutOff
            self.begun = True
            self._h11.receive_data(data)


def body_of(head: Head, read: Read, limit: int) -> Union[SizedBody, ChunkedBody]:
    """The body of a request whose head was checked: it has one length, or chunks, or nothing."""
    said = {name: value for name, value in head.headers if name in (b"content-length", b"transfer-encoding")}
    if b"transfer-encoding" in said:
        return ChunkedBody(head.rest, read, limit)
    return SizedBody(int(said.get(b"content-length", 0)), head.rest, read)
