"""Which part of a file a request asks for (RFC 9110, section 14.2)."""

from typing import Optional

from quart import request
from werkzeug.exceptions import RequestedRangeNotSatisfiable


def asked_part(size: int, tag: Optional[str]) -> Optional[tuple[int, int]]:
    """The part that the request asks for, begin and end; None for the whole.

    Units that nobody knows, several ranges at once, and a range of another version are answered with the whole.

    Args:
        size: Bytes of the file.
        tag: Its strong entity tag, without quotes; None when it has none, and then no `If-Range` fits.

    Raises:
        RequestedRangeNotSatisfiable: It begins behind the end.
    """
    wanted, version = request.range, request.if_range
    if request.method != "GET" or wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if (version.etag is not None and version.etag != tag) or version.date is not None:
        return None
    begin, end = wanted.ranges[0]
    # From the end when negative; a longer suffix than there is means all of it.
    first = max(0, size + begin) if begin < 0 else begin
    if first >= size:
        raise RequestedRangeNotSatisfiable(size)
    return first, size if end is None else min(end, size)
