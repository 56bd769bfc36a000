"""Which part of a file a request asks for (RFC 9110, section 14.2)."""

import re
from typing import Final, Optional

from quart import request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.ASCII | re.IGNORECASE)
_DIGITS: Final = 18
_BEYOND: Final = 10**_DIGITS
"""More than any file has; Python refuses to read numbers of thousands of digits, and is slow with fewer."""


def part_of(wanted: str, size: int) -> Optional[tuple[int, int]]:
    """Read a `Range` header: begin and end of a part that is not empty, or None for the whole. Pure.

    Units that nobody knows, several ranges at once, and what is no range are passed over. The part begins behind the
    end (`begin >= size`) when there is nothing of it, as of the last 0 bytes.

    Args:
        wanted: The header.
        size: Bytes of the file.
    """
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        last = _number(match[2])
        return (max(0, size - last), size) if last else (size, size)
    begin, end = _number(match[1]), _number(match[2]) + 1 if match[2] else size
    if match[2] and end <= begin < _BEYOND:
        return None
    return begin, min(end, size)


def asked_part(size: int, tag: Optional[str]) -> Optional[tuple[int, int]]:
    """The part that the request asks for, begin and end; None for the whole.

    Units that nobody knows, several ranges at once, and a range of another version are answered with the whole.

    Args:
        size: Bytes of the file.
        tag: Its strong entity tag, without quotes; None when it has none, and then no `If-Range` fits.

    Raises:
        RequestedRangeNotSatisfiable: It begins behind the end.
    """
    version = request.headers.get("If-Range")
    # Compared as it is written: a weak tag is good for no part, and of dates a file here has none that is exact.
    if request.method != "GET" or (version is not None and (tag is None or version.strip() != f'"{tag}"')):
        return None
    part = part_of(request.headers.get("Range", ""), size)
    if part is not None and part[0] >= size:
        raise RequestedRangeNotSatisfiable(size)
    return part


def _number(digits: str) -> int:
    short = digits.lstrip("0")
    return int(short or "0") if len(short) <= _DIGITS else _BEYOND
