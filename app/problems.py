"""What an error looks like on the wire: RFC 9457 `application/problem+json`, always with the same fields.

`detail` says what failed and why, `hint` what to do next (it may be empty), `errors` names the parts of the request
that are wrong. Programs go by `status`; people read the rest.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from actors.runtime.errors import FieldError

MEDIA_TYPE = "application/problem+json"

# Python renamed these between 3.9 and 3.13; a client should not see which one runs here.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}

Header = tuple[bytes, bytes]

SECURITY: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer of this server says, whoever makes it; those of apps have their own."""

NO_PAGE: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
"""What an answer says that is no page: if a browser shows it, it loads nothing, sends nothing, and is in no frame."""

NO_STORE: Final[Header] = (b"cache-control", b"no-store")
"""What an answer says that is kept nowhere."""


def title_of(status: int) -> str:
    """The name of a status code, the same on every Python."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def problem_body(status: int, problem: str, hint: str = "", errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    """The problem document, as a JSON object.

    Args:
        status: The HTTP status that it travels with.
        problem: What failed and why.
        hint: What to do next.
        errors: The parts of the request that are wrong.
    """
    return {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": problem,
        "hint": hint,
        "errors": [{"field": error.field, "problem": error.problem} for error in errors],
    }


def problem_bytes(status: int, problem: str, hint: str = "", errors: Sequence[FieldError] = ()) -> bytes:
    """The problem document, encoded; see `problem_body`."""
    return json.dumps(problem_body(status, problem, hint, errors)).encode()


@dataclass(frozen=True)
class Problem:
    """One error, ready to be answered by whatever speaks HTTP: Quart, a bare ASGI endpoint or the front.

    Attributes:
        status: The HTTP status.
        problem: What failed and why.
        hint: What to do next.
        errors: The parts of the request that are wrong.
        extra: Headers that belong to this error, such as `Retry-After`.
    """

    status: int
    problem: str
    hint: str = ""
    errors: tuple[FieldError, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes:
        """The encoded document."""
        return problem_bytes(self.status, self.problem, self.hint, self.errors)

    def headers(self, body: bytes) -> list[Header]:
        """The headers to answer `body` with, as ASGI and h11 want them."""
        own = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("cache-control", "no-store")]
        return [*((name.encode(), value.encode()) for name, value in (*own, *self.extra)), *SECURITY, NO_PAGE]
