"""What lets a browser in at an app's own address when the server asks for a token, which apps must never see.

A page of ours, which has the token, is given a key: short-lived, for one project. The frame's first address carries
it; it becomes a cookie of the app's origin alone, which no script there can read and which is taken out of each request
before the app gets it. Below a path the app's origin is opaque, and no browser sends cookies for that: there the page's
own requests keep the door open, for whoever knows the project's id and comes from the same address. Through a proxy all
come from one, so there it stays shut.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Final, Optional

ENTRY_SECONDS: Final = 120
"""How long a key in an address is good for."""

SESSION_SECONDS: Final = 12 * 3600
"""How long a cookie is good for."""

GRANT_SECONDS: Final = 900
"""How long a path is open after our page last asked for it."""

_GRANTS: Final = 1000
_LONGEST: Final = 200


class Keys:
    """Makes and checks keys; they are good for one run of the server.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._secret = secrets.token_bytes(32)
        self._clock = clock
        self._grants: dict[tuple[str, str], float] = {}

    def entry(self, project: str) -> str:
        """Make a key for an address."""
        return self._make("entry", project, ENTRY_SECONDS)

    def session(self, project: str) -> str:
        """Make a cookie's value."""
        return self._make("session", project, SESSION_SECONDS)

    def is_entry(self, text: str, project: str) -> bool:
        """Whether a key in an address is good."""
        return self._good("entry", text, project)

    def is_session(self, text: str, project: str) -> bool:
        """Whether a cookie's value is good."""
        return self._good("session", text, project)

    def grant(self, project: str, peer: Optional[str]) -> None:
        """Open a project's path for an address, or keep it open."""
        if len(self._grants) >= _GRANTS:
            now = self._clock()
            self._grants = {key: end for key, end in list(self._grants.items())[-_GRANTS // 2 :] if end > now}
        self._grants.pop((project, peer or ""), None)
        self._grants[project, peer or ""] = self._clock() + GRANT_SECONDS

    def granted(self, project: str, peer: Optional[str]) -> bool:
        """Whether a project's path is open for an address."""
        return self._grants.get((project, peer or ""), 0.0) > self._clock()

    def _make(self, kind: str, project: str, seconds: float) -> str:
        end = format(int(self._clock() + seconds), "x")
        return f"{end}.{self._signature(kind, project, end)}"

    def _good(self, kind: str, text: str, project: str) -> bool:
        end, _, signature = text.partition(".")
        if len(text) > _LONGEST or not text.isascii():
            return False
        if not hmac.compare_digest(signature, self._signature(kind, project, end)):
            return False
        return int(end, 16) > self._clock()

    def _signature(self, kind: str, project: str, end: str) -> str:
        digest = hmac.digest(self._secret, f"{kind} {project} {end}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def cookie_name(project: str) -> str:
    """The name of a project's cookie: on a host that several apps share, each has its own."""
    return f"callboard-{project}"


def cookie(headers: Iterable[tuple[bytes, bytes]], name: str) -> Optional[str]:
    """The value of a cookie, the first of that name."""
    for key, value in headers:
        if key.lower() == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                found, _, text = pair.strip().partition("=")
                if found == name:
                    return text
    return None


def set_cookie(name: str, value: str, seconds: int, *, framed: bool, secure: bool) -> bytes:
    """The header that sets a cookie for its host alone, out of reach of scripts.

    Args:
        name: Of the cookie.
        value: Of the cookie.
        seconds: How long it is kept.
        framed: Whether the page around is of another site; browsers then want it to be secure, and partitioned.
        secure: Whether it came over TLS.
    """
    site = "SameSite=None; Partitioned" if framed else "SameSite=Lax"
    flags = f"{site}; Secure" if secure or framed else site
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; {flags}".encode()
