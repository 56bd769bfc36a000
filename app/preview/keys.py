"""What lets a browser in at an app's own address when the server asks for a token, which apps must never see.

A page of ours, which has the token, is given a key: short-lived, for one project. The frame's first address carries
it; it becomes a cookie of the app's origin alone, which no script there can read and which is taken out of each request
before the app gets it. Below a path the app's origin is opaque, and no browser sends cookies for that: there the page's
own requests keep the door open, for whoever knows the project's id and comes from the same address. Through a proxy all
come from one, so there it stays shut.

Each key says with which token the page asked for it, by an id that means nothing elsewhere. Whether that token is good
still is for the guard to find out: a key ends with its token.
"""

import base64
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Final, Optional

from actors.runtime.timeofday import elapsed

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
        clock: Seconds of a clock that nobody sets: a time of day that jumps would end them, or have them last.
    """

    def __init__(self, clock: Callable[[], float] = elapsed) -> None:
        self._secret = secrets.token_bytes(32)
        self._clock = clock
        self._grants: dict[tuple[str, str], tuple[float, str]] = {}

    def entry(self, project: str, holder: str = "") -> str:
        """Make a key for an address, for whoever has the token that `holder` stands for."""
        return self._make("entry", project, holder, ENTRY_SECONDS)

    def session(self, project: str, holder: str = "") -> str:
        """Make a cookie's value, as `entry`."""
        return self._make("session", project, holder, SESSION_SECONDS)

    def is_entry(self, text: str, project: str) -> bool:
        """Whether a key in an address is good."""
        return self._good("entry", text, project)

    def is_session(self, text: str, project: str) -> bool:
        """Whether a cookie's value is good."""
        return self._good("session", text, project)

    def grant(self, project: str, peer: Optional[str], holder: str = "") -> None:
        """Open a project's path for an address, or keep it open."""
        if len(self._grants) >= _GRANTS:
            now = self._clock()
            self._grants = {key: one for key, one in list(self._grants.items())[-_GRANTS // 2 :] if one[0] > now}
        self._grants.pop((project, peer or ""), None)
        self._grants[project, peer or ""] = self._clock() + GRANT_SECONDS, holder

    def granted(self, project: str, peer: Optional[str]) -> bool:
        """Whether a project's path is open for an address."""
        return self.granted_to(project, peer) is not None

    def granted_to(self, project: str, peer: Optional[str]) -> Optional[str]:
        """Whose token has opened a project's path for an address; None when it is not open."""
        end, holder = self._grants.get((project, peer or ""), (0.0, ""))
        return holder if end > self._clock() else None

    def _make(self, kind: str, project: str, holder: str, seconds: float) -> str:
        said = f"{format(int(self._clock() + seconds), 'x')}.{holder}"
        return f"{said}.{self._signature(kind, project, said)}"

    def _good(self, kind: str, text: str, project: str) -> bool:
        said, _, signature = text.rpartition(".")
        if len(text) > _LONGEST or not text.isascii():
            return False
        if not hmac.compare_digest(signature, self._signature(kind, project, said)):
            return False
        return int(said.partition(".")[0], 16) > self._clock()

    def _signature(self, kind: str, project: str, said: str) -> str:
        digest = hmac.digest(self._secret, f"{kind} {project} {said}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def holder_in(key: str) -> str:
    """Whose token a good key was made with."""
    return key.split(".")[1]


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
