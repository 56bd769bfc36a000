"""Reads the heads that nearly all clients send, in one look; every other one is left to h11, which judges it.

What is read here is a part of what h11 takes, and read as h11 reads it (a fuzz target compares them): HTTP/1.1, the
target a path, each line ended by CR LF and none going on in the next, one `Host`, no name twice, no transfer coding.
"""

import re
from typing import Final, NamedTuple, Optional

_HEAD: Final = re.compile(
    rb"([A-Z]+) (/[\x21-\x7e]*) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n"
)
"""RFC 9112, sections 3 and 5. Each repetition ends at what it cannot contain, so that nothing is looked at twice."""

_LENGTH: Final = re.compile(rb"[0-9]{1,18}")


class PlainHead(NamedTuple):
    """A head that was read.

    Attributes:
        method: Such as `GET`.
        target: A path with its query.
        headers: Names in lower case, in order.
        end: Bytes of the head.
    """

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    end: int


def read_plain(data: bytes) -> Optional[PlainHead]:
    """Read the head that some bytes begin with; None when it is not whole, or h11 has to look at it."""
    match = _HEAD.match(data)
    if match is None:
        return None
    method, target, lines = match.groups()
    headers = []
    for line in lines[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.strip(b" \t")))
    values = dict(headers)
    length = values.get(b"content-length")
    if (
        len(values) < len(headers)
        or b"host" not in values
        or b"transfer-encoding" in values
        or (length is not None and not _LENGTH.fullmatch(length))
    ):
        return None
    return PlainHead(method.decode("ascii"), target.decode("ascii"), tuple(headers), match.end())
