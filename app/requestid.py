"""The id of a request: a proxy's or a client's own where it is well formed, else one that is made when it is needed.

It is in lines of the log, which nobody may forge: so it has few characters,
and none that ends or begins anything there.
"""

import re
import secrets
from collections.abc import Sequence
from itertools import count
from typing import Final

HEADER: Final = b"x-request-id"
"""What carries it, in a request and in an answer."""

MOST: Final = 128
"""Characters of one."""

_WELL_FORMED: Final = re.compile(rb"[0-9A-Za-z._+/=-]{1,%d}" % MOST)
"""UUIDs, hexadecimal and base64, and what proxies put together of these."""

_SERVER: Final = secrets.token_hex(4)
_NUMBERS: Final = count(1)


def new_request_id() -> str:
    """Make one that no other request has, here or at another server: not a secret, and quickly made."""
    return f"{_SERVER}-{next(_NUMBERS):x}"


def request_id_of(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """The id of a request that has these headers, names in lower case: its own, or a new one.

    One that is not well formed, or not the only one, counts for nothing.
    """
    given = [value for name, value in headers if name == HEADER]
    if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]):
        return given[0].decode("ascii")
    return new_request_id()


def put_request_id(headers: list[tuple[bytes, bytes]], request_id: str) -> None:
    """Have an answer say it, unless it is an app's, passed on, and has one of its own."""
    if not any(name == HEADER for name, _ in headers):
        headers.append((HEADER, request_id.encode("ascii")))
