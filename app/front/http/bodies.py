"""A request's body, taken from the connection when it is asked for (RFC 9112, section 6)."""

import re
from collections.abc import Awaitable, Callable
from typing import Final, Optional, Protocol

import trio

from app.front.head import Head

Read = Callable[[], Awaitable[bytes]]
"""Waits for bytes of the connection; nothing when it has ended, or came to a stop."""

_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
"""The head of a chunk. What is behind its size is nobody's, but a line end in it would be somebody's."""

_TRAILER: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")

_PARTS: Final = 128
"""Chunks that are read at once, before others get a turn."""


class BadBody(Exception):
    """What came is no body."""


class CutOff(Exception):
    """The connection ended within the body."""


class Body(Protocol):
    """A body.

    Attributes:
        whole: Whether all of it was given.
        begun: Whether some of it came.
    """

    whole: bool
    begun: bool

    @property
    def rest(self) -> bytes:
        """What came after it."""

    @property
    def there(self) -> bool:
        """Whether `read` gives all that is left of it, and does not wait."""

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

    @property
    def there(self) -> bool:
        """Whether all of it has come."""
        return len(self.rest) >= self._left

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
    """A body in chunks (RFC 9112, section 7.1), read more strictly than h11 does, which takes a bare LF in trailers.

    Extensions and trailers are dropped.

    Args:
        first: What came with the head.
        read: Reads the connection.
        limit: Bytes of one chunk's head, and of the trailers.
    """

    def __init__(self, first: bytes, read: Read, limit: int) -> None:
        self._read = read
        self._limit = limit
        self._held = bytearray(first)
        self._step = self._size
        self._left = 0
        self._trailers = 0
        self._parts: list[bytes] = []
        self.begun = bool(first)
        self.whole = False

    @property
    def rest(self) -> bytes:
        """What came after it."""
        return bytes(self._held)

    @property
    def there(self) -> bool:
        """Whether all of it has come, which cannot be seen before it is read."""
        return self.whole

    async def read(self) -> bytes:
        """The next part: of a chunk, or of many small ones."""
        await trio.lowlevel.checkpoint()  # who sends many small chunks must not hold up all others
        while True:
            while len(self._parts) < _PARTS and not self.whole and self._step():
                pass
            if self._parts or self.whole:
                part = b"".join(self._parts)
                self._parts.clear()
                return part
            data = await self._read()
            if not data:
                raise CutOff
            self.begun = True
            self._held += data

    # What comes next in it; each says whether there was enough of it.

    def _size(self) -> bool:
        line = self._line(self._limit)
        if line is None:
            return False
        match = _CHUNK.fullmatch(line)
        if match is None:
            raise BadBody("the head of a chunk is none")
        self._left = int(match[1], 16)
        self._step = self._data if self._left else self._trailer
        return True

    def _data(self) -> bool:
        part = bytes(self._held[: self._left])
        del self._held[: self._left]
        self._left -= len(part)
        if part:
            self._parts.append(part)
        if not self._left:
            self._step = self._end
        return bool(part)

    def _end(self) -> bool:
        line = self._line(0)
        if line is None:
            return False
        self._step = self._size
        return True

    def _trailer(self) -> bool:
        line = self._line(self._limit - self._trailers)
        if line is None:
            return False
        if line and not _TRAILER.fullmatch(line):
            raise BadBody("a trailer is none")
        self._trailers += len(line)
        self.whole = not line
        return True

    def _line(self, most: int) -> Optional[bytes]:
        """The next line, without its end; None while it is not there."""
        end = self._held.find(b"\r\n", 0, most + 2)
        if end < 0:
            if len(self._held) >= most + 2 or b"\n" in self._held:
                raise BadBody("a line of it does not end where it should")
            return None
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line


def body_of(head: Head, read: Read, limit: int) -> Body:
    """The body of a request whose head was checked: it has one length, or chunks, or nothing."""
    said = {name: value for name, value in head.headers if name in (b"content-length", b"transfer-encoding")}
    if b"transfer-encoding" in said:
        return ChunkedBody(head.rest, read, limit)
    return SizedBody(int(said.get(b"content-length", 0)), head.rest, read)
