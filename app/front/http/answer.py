"""An answer as bytes: its head, and how a client knows where it ends (RFC 9112, section 6.3). Pure."""

import re
import time
from collections.abc import Sequence
from email.utils import formatdate
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from app.problems import NO_PAGE, NO_STORE, SECURITY, Header, Problem, title_of
from app.requestid import HEADER as REQUEST_ID

CLOSE: Final[Header] = (b"connection", b"close")

LAST_CHUNK: Final = b"0\r\n\r\n"

UNANSWERED: Final = Problem(
    500, "The server ended this request without an answer.", "Try again; if that does not help, see its log."
)
"""For an application that has said nothing."""

_OURS: Final = frozenset({b"connection", b"transfer-encoding", b"date"})
"""What an application's answer may have of these is this server's to say."""

_UNDRESSED: Final = (*SECURITY, NO_PAGE, NO_STORE)
"""What an answer gets that no application of ours has given any of these."""

_OWN: Final = {name: name + b": " for name in (b"content-length", b"content-range", REQUEST_ID)}
"""What differs from one answer to the next, and is no part of what is remembered."""

_BREAKS: Final = re.compile(rb"[\r\n\0]")

_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")


class BadAnswer(Exception):
    """An application's answer cannot be sent: a bug of it."""


class Framing(Enum):
    """How an answer's end is told."""

    NOTHING = "it has no body, whatever it says of one"
    LENGTH = "its length is said"
    CHUNKS = "it comes in chunks"
    CLOSING = "the connection ends with it"


def framing_of(method: str, version: str, status: int, length: int) -> Framing:
    """How the end of an answer is told.

    Args:
        method: Of the request.
        version: Of HTTP, as the client speaks it.
        status: Of the answer.
        length: What the answer says of its length; -1 if nothing.
    """
    if method == "HEAD" or status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return Framing.NOTHING
    if length >= 0:
        return Framing.LENGTH
    return Framing.CLOSING if version == "1.0" else Framing.CHUNKS


def length_of(headers: Sequence[Header]) -> int:
    """What an answer says of its length; -1 if nothing.

    Raises:
        BadAnswer: That is no number, or there are several.
    """
    said = [value for name, value in headers if name == b"content-length"]
    if not said:
        return -1
    if len(said) > 1 or not said[0].isdigit():
        raise BadAnswer(f"its lengths are {said!r}")
    return int(said[0])


def encode_head(status: int, headers: Sequence[Header], framing: Framing, *, last: bool) -> bytes:
    """The head of an answer.

    Args:
        status: Of HTTP.
        headers: Of the application.
        framing: How its end is told.
        last: Whether the connection ends with it.

    Raises:
        BadAnswer: A header would end early, or is not one.
    """
    parts = [_status_line(status)]
    kept = []
    for header in headers:
        if header[0] in _OWN:
            parts.append(_encode(_OWN[header[0]], header[1]))
        elif header[0] not in _OURS:
            kept.append(header)
    if not any(name == NO_PAGE[0] for name, _ in kept):
        kept.extend(_UNDRESSED)
    parts.append(_encode_all(tuple(kept)))
    if framing is Framing.CHUNKS:
        parts.append(b"transfer-encoding: chunked\r\n")
    if last:
        parts.append(b"connection: close\r\n")
    parts.append(_date(int(time.time())))
    return b"".join(parts)


def encode_part(data: bytes, framing: Framing) -> bytes:
    """A part of an answer's body, which is not empty, as it is sent."""
    return b"%x\r\n%b\r\n" % (len(data), data) if framing is Framing.CHUNKS else data


@lru_cache(maxsize=256)
def _encode_all(headers: tuple[Header, ...]) -> bytes:
    """The lines of headers; answers to the same question have mostly the same ones, but for `_OWN`."""
    return b"".join([_encode(_checked(name) + b": ", value) for name, value in headers])


def _encode(begin: bytes, value: bytes) -> bytes:
    if _BREAKS.search(value):
        raise BadAnswer("one of its headers has a line end in it")
    return begin + value + b"\r\n"


def _checked(name: bytes) -> bytes:
    if not _NAME.fullmatch(name):
        raise BadAnswer(f"{name!r} is not the name of a header")
    return name


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {title_of(status)}\r\n".encode("ascii")


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    """The date, and the end of the head."""
    return f"date: {formatdate(second, usegmt=True)}\r\n\r\n".encode("ascii")
