"""A request's head within bounds: read in one look where it is as most are, and by h11 where it is not."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Optional

import h11

from app.front.plainhead import read_plain
from app.problems import Problem
from app.requestid import HEADER as REQUEST_ID
from app.requestid import request_id_of

STREAM_PREFIX = "/ws/"

_LOOSE_LINE: Final = re.compile(rb"(?<!\r)\n|\n[ \t]")
"""A line end without its CR, or a line that goes on in the next one."""


class BadHead(Exception):
    """What came is not the head of a request that this server takes.

    Args:
        problem: What to answer.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.problem)
        self.problem = problem


@dataclass(frozen=True)
class Head:
    """The head of a request.

    Attributes:
        method: As sent.
        target: As sent: a path with its query.
        version: Of HTTP, such as `1.1`.
        headers: Names in lower case, in order.
        raw: The bytes of the head.
        rest: What came after it.
        memo: What was found out about it. Heads that are the same, one after the other on a connection, share it.
    """

    method: str
    target: str
    version: str
    headers: tuple[tuple[bytes, bytes], ...]
    raw: bytes
    rest: bytes
    memo: dict[str, Any] = field(default_factory=dict, compare=False)

    def again(self, data: bytes) -> "Optional[Head]":
        """The head that some bytes begin with, if it is this one: clients send the same again and again."""
        if not data.startswith(self.raw):
            return None
        rest = data[len(self.raw) :]
        return Head(self.method, self.target, self.version, self.headers, self.raw, rest, self.memo)

    @property
    def path(self) -> str:
        """The target without its query, as sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return self.target.partition("?")[2]

    @cached_property
    def names(self) -> frozenset[bytes]:
        """The names of its headers."""
        return frozenset([name for name, _ in self.headers])

    @cached_property
    def request_id(self) -> str:
        """What the request is called in the log, and in its answer."""
        return request_id_of(self.headers)

    @property
    def names_itself(self) -> bool:
        """Whether the client wants to be told the id."""
        return REQUEST_ID in self.names

    def tokens(self, name: bytes) -> list[str]:
        """The items of a header that is a list, all in lower case."""
        if name not in self.names:
            return []
        joined = b",".join(value for key, value in self.headers if key == name)
        return [item.strip().lower() for item in joined.decode("latin-1").split(",")]

    def has_body(self) -> bool:
        """Whether a body was announced."""
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in self.headers
        )


def check_lines(head: bytes) -> None:
    """Refuse a head whose lines another program may cut elsewhere (RFC 9112, sections 2.2 and 5.2).

    Raises:
        RemoteProtocolError: It has such lines.
    """
    if _LOOSE_LINE.search(head):
        raise h11.RemoteProtocolError("a line ends without CR, or goes on in the next one", error_status_hint=400)


class HeadParser:
    """Collects the first bytes of a connection until they are a head.

    Args:
        limit: Bytes of the head.
        last: The one before it on the same connection.
    """

    def __init__(self, limit: int, last: Optional[Head] = None) -> None:
        self._limit = limit
        self._last = last
        self._raw = bytearray()
        self._connection: Optional[h11.Connection] = None

    @property
    def started(self) -> bool:
        """Whether anything came."""
        return bool(self._raw)

    def feed(self, data: bytes) -> Optional[Head]:
        """Take what was read, which is not nothing.

        Returns:
            The head, or None while it is not whole.

        Raises:
            BadHead: It will never be one.
        """
        if self._connection is None:
            head = None if self._last is None else self._last.again(data)
            if head is not None:
                return head
            plain = read_plain(data)
            if plain is not None and plain.end <= self._limit:
                return Head(plain.method, plain.target, "1.1", plain.headers, data[: plain.end], data[plain.end :])
            self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limit)
        self._raw += data
        return self._feed_h11(self._connection, data)

    def _feed_h11(self, connection: h11.Connection, data: bytes) -> Optional[Head]:
        try:
            connection.receive_data(data)
            event = connection.next_event()
            if not isinstance(event, h11.Request):
                return None
            rest = connection.trailing_data[0]
            raw = bytes(self._raw[: len(self._raw) - len(rest)])
            check_lines(raw)
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise self._too_long() from error
            # 501 for a coding that nobody knows here, else 400.
            status = error.error_status_hint
            raise BadHead(Problem(status, f"This is not an HTTP request: {error}.", "Speak HTTP/1.1.")) from error
        return self._head(event, raw, rest)

    def _head(self, request: h11.Request, raw: bytes, rest: bytes) -> Head:
        if len(raw) > self._limit:
            raise self._too_long()
        if request.http_version not in (b"1.0", b"1.1"):
            raise BadHead(Problem(505, "This server speaks HTTP/1.1.", "HTTP/2 belongs to a proxy in front of it."))
        return Head(
            method=request.method.decode("ascii"),
            target=request.target.decode("ascii"),
            version=request.http_version.decode("ascii"),
            headers=tuple((name, value) for name, value in request.headers),
            raw=raw,
            rest=rest,
        )

    def _too_long(self) -> BadHead:
        return BadHead(
            Problem(431, f"The head of the request is over {self._limit} bytes.", "Send fewer or shorter headers.")
        )


def wants_websocket(head: Head) -> bool:
    """Whether the request is the upgrade to a WebSocket, for whomever."""
    return may_upgrade(head) and head.version == "1.1" and head.path.startswith("/")


def may_upgrade(head: Head) -> bool:
    """Whether the request may be the upgrade to a WebSocket, well-formed or not, in the eyes of any program."""
    return head.method == "GET" and "websocket" in head.tokens(b"upgrade") and "upgrade" in head.tokens(b"connection")


def wants_stream(head: Head) -> bool:
    """Whether the request is the upgrade to a WebSocket stream: `GET /ws/{id}`."""
    name = head.path[len(STREAM_PREFIX) :]
    return head.path.startswith(STREAM_PREFIX) and bool(name) and "/" not in name and wants_websocket(head)
