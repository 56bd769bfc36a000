"""Headers on their way to an app and back: what is of one connection, what is ours, and what an app may not say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Optional
from urllib.parse import urlsplit

from app.asgi import Message, Send
from app.preview.naming import Place
from app.problems import Header

_HOP: Final = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
        b"http2-settings", b"expect",
    }
)  # fmt: skip
_TO_APP_NEVER: Final = _HOP | {
    b"host", b"cookie", b"cookie2", b"authorization", b"proxy-authorization", b"forwarded", b"via", b"x-real-ip",
    b"origin", b"referer", b"content-length", b"sec-websocket-protocol",
}  # fmt: skip
_FROM_APP_NEVER: Final = _HOP | {
    b"set-cookie", b"set-cookie2", b"www-authenticate", b"proxy-authenticate", b"authentication-info",
    b"strict-transport-security", b"clear-site-data", b"alt-svc", b"nel", b"report-to", b"reporting-endpoints",
    b"x-frame-options", b"x-sendfile", b"x-lighttpd-send-file", b"origin-agent-cluster", b"x-robots-tag",
    b"location", b"content-location", b"content-security-policy",
}  # fmt: skip
# What a browser says of where a request comes from is true of our address, and not of the one that the app knows.
_PREFIXES: Final = (b"x-forwarded-", b"sec-fetch-")
_FROM_APP_PREFIXES: Final = (b"x-accel-", b"proxy-")
_CORS: Final = b"access-control-"
_APP_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared, not listened on
_SLASHES: Final = "/\\\t"
"""What a browser reads as a slash at the beginning of a path, or passes over: two would begin a host."""

SANDBOX: Final = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads"
"""What an app below a path may do: it has no origin, and so none of ours."""

PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"600"),
)
"""What an app's pages without an origin may ask of the app."""


def is_preflight(method: str, headers: Iterable[Header]) -> bool:
    """Whether a browser asks if a page may ask."""
    return method == "OPTIONS" and any(name.lower() == b"access-control-request-method" for name, _ in headers)


def joined(headers: Iterable[Header], name: bytes) -> bytes:
    """All values of a header, as one list."""
    return b", ".join(value for key, value in headers if key.lower() == name)


def _named_by_connection(headers: Sequence[Header]) -> frozenset[bytes]:
    return frozenset(token.strip().lower() for token in joined(headers, b"connection").split(b","))


def to_app(headers: Sequence[Header]) -> list[Header]:
    """The headers of a request as the app gets them: it is asked as `localhost`, by a page of its own.

    Args:
        headers: As received.
    """
    dropped = _TO_APP_NEVER | _named_by_connection(headers)
    kept = [
        (name.lower(), value)
        for name, value in headers
        if name.lower() not in dropped and not name.lower().startswith(_PREFIXES)
    ]
    kept.insert(0, (b"host", b"localhost"))
    if any(name.lower() == b"origin" for name, _ in headers):
        kept.append((b"origin", b"http://localhost"))
    protocols = subprotocols(headers)
    if protocols:
        kept.append((b"sec-websocket-protocol", ", ".join(protocols).encode("latin-1")))
    return kept


def framing(headers: Sequence[Header]) -> list[Header]:
    """How the body of a request is to be framed for the app; nothing when there is none."""
    if joined(headers, b"transfer-encoding"):
        return [(b"transfer-encoding", b"chunked")]
    length = joined(headers, b"content-length")
    return [(b"content-length", length)] if length else []


def subprotocols(headers: Iterable[Header]) -> list[str]:
    """What a WebSocket offers, without what carries the server's token."""
    offered = joined(headers, b"sec-websocket-protocol").decode("latin-1").split(",")
    return [name.strip() for name in offered if name.strip() and not name.strip().lower().startswith("bearer.")]


def from_app(headers: Sequence[Header], place: Place) -> list[Header]:
    """The headers of an app's answer as the browser may get them, before `Dress` adds ours.

    Args:
        headers: As the app sent them.
        place: Where it was asked for.
    """
    dropped = _FROM_APP_NEVER | _named_by_connection(headers)
    kept: list[Header] = []
    for raw, value in headers:
        name = raw.lower()
        if name == b"location":
            kept.append((name, mapped(value)))
        elif name == b"content-security-policy":
            policy = _without_ancestors(value)
            kept.extend([(name, policy)] if policy else [])
        elif name in dropped or name.startswith(_FROM_APP_PREFIXES):
            continue
        elif place.mode != "path" or not name.startswith(_CORS):
            kept.append((name, value))
    return kept


def mapped(location: bytes) -> bytes:
    """Where an app sends a browser: an address of its own, which means nothing outside, becomes a path."""
    try:
        parts = urlsplit(location.decode("latin-1"))
        own = parts.hostname in _APP_HOSTS and parts.scheme in ("", "http", "https")
    except ValueError:
        return location
    if not own:
        return location
    path = "/" + parts.path.lstrip(_SLASHES) + (f"?{parts.query}" if parts.query else "")
    return (path + (f"#{parts.fragment}" if parts.fragment else "")).encode("latin-1")


def _without_ancestors(policy: bytes) -> bytes:
    """A policy, or several in one line, without its word on who may frame it: that is ours, the preview is a frame."""
    policies = (_parts_without_ancestors(one) for one in policy.split(b","))
    return b", ".join(one for one in policies if one)


def _parts_without_ancestors(policy: bytes) -> bytes:
    kept = [part for part in policy.split(b";") if not part.strip().lower().startswith(b"frame-ancestors")]
    return b";".join(kept).strip()


@dataclass(frozen=True)
class Dress:
    """What each answer at an app's address has, whoever made it.

    Attributes:
        place: Where it is.
        ancestors: Who may frame it.
    """

    place: Place
    ancestors: tuple[str, ...]

    def headers(self, headers: Iterable[Header], origin: Optional[str]) -> list[Header]:
        """Add ours.

        Args:
            headers: Those of the answer, names in lower case.
            origin: The request's `Origin`.
        """
        below_path = self.place.mode == "path"
        policy = f"frame-ancestors 'self' {' '.join(self.ancestors)}"
        ours: list[Header] = [
            (b"content-security-policy", f"{SANDBOX}; {policy}".encode() if below_path else policy.encode())
        ]
        dressed = [*headers]
        if below_path:
            dressed = [
                one for one in dressed if one[0] not in (b"cross-origin-resource-policy", b"x-content-type-options")
            ]
            ours += [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"cross-origin")]
            ours.append((b"vary", b"Origin"))
            if origin == "null":
                ours.append((b"access-control-allow-origin", b"null"))
        else:
            ours.append((b"origin-agent-cluster", b"?1"))
        present = {name for name, _ in dressed}
        softer = [(b"referrer-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin")]
        ours += [one for one in softer if one[0] not in present and not (below_path and one[0].startswith(b"cross"))]
        return [*dressed, *ours, (b"x-robots-tag", b"noindex")]


class Dressed:
    """A `send` that adds what every answer at an app's address has.

    Args:
        send: Gets the messages.
        dress: What to add.
        origin: The request's `Origin`.

    Attributes:
        started: Whether an answer has begun.
        more: Headers to add besides, where they are set before it begins.
    """

    def __init__(self, send: Send, dress: Dress, origin: Optional[str]) -> None:
        self._send = send
        self._dress = dress
        self._origin = origin
        self.started = False
        self.more: Iterable[Header] = ()

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
            message = {**message, "headers": [*self._dress.headers(headers, self._origin), *self.more]}
        await self._send(message)
