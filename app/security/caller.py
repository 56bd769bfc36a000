"""What a request says about who sent it, read from its head in one way for all that come in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Optional
from urllib.parse import unquote

from app.asgi import MEMO

_BEARER: Final = "bearer."
_READ: Final = frozenset(
    {b"host", b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest", b"authorization"}
    | {b"sec-websocket-protocol", b"x-forwarded-for"}
)
"""What is read of a head; of the others only whether they are there."""

_MEMO: Final = "caller"

_FORWARDING: Final = frozenset({b"forwarded", b"via", b"x-real-ip"})


@dataclass(frozen=True)
class Caller:
    """What a request says about who sent it.

    Attributes:
        method: Of HTTP; GET for an upgrade.
        path: Percent-decoded, without the query.
        query: As it was sent.
        scheme: http or https, as the server sees it (behind a proxy that ends TLS it is http).
        host: The `Host` header.
        origin: The `Origin` header.
        fetch_site: The `Sec-Fetch-Site` header.
        fetch_mode: The `Sec-Fetch-Mode` header.
        fetch_dest: The `Sec-Fetch-Dest` header.
        authorization: The `Authorization` header.
        protocols: The WebSocket subprotocols that it offers.
        peer: The address at the other end of the socket.
        forwarded: True when it says that a proxy passed it on.
        forwarded_for: The `X-Forwarded-For` header; anybody can write it.
    """

    method: str
    path: str
    scheme: str = "http"
    host: Optional[str] = None
    origin: Optional[str] = None
    fetch_site: Optional[str] = None
    fetch_mode: Optional[str] = None
    fetch_dest: Optional[str] = None
    authorization: Optional[str] = None
    protocols: tuple[str, ...] = ()
    peer: Optional[str] = None
    forwarded: bool = False
    forwarded_for: Optional[str] = None
    query: str = ""

    @property
    def offered(self) -> tuple[str, ...]:
        """The tokens that it sends, in whichever way."""
        kind, _, credentials = (self.authorization or "").partition(" ")
        header = (credentials.strip(),) if kind.lower() == "bearer" else ()
        return (*header, *(name[len(_BEARER) :] for name in self.protocols if name.startswith(_BEARER)))

    @property
    def tried(self) -> bool:
        """Whether it sends anything at all to be let in by."""
        return self.authorization is not None or bool(self.offered)


def caller_of_request(
    method: str, target: str, headers: Iterable[tuple[bytes, bytes]], peer: Optional[str], scheme: str = "http"
) -> Caller:
    """The caller of a request whose head was parsed by other means than ASGI.

    Args:
        method: Of the request line.
        target: Of the request line, with its query.
        headers: In order, as received.
        peer: The address at the other end of the socket.
        scheme: http, or https where TLS ends here.
    """
    path, _, query = target.partition("?")
    return _caller(method, unquote(path), query, scheme, headers, peer)


def caller_of_scope(scope: Mapping[str, Any]) -> Caller:
    """The caller of an ASGI `http` or `websocket` scope; found once for heads that are the same."""
    memo = scope.get("extensions", {}).get(MEMO)
    if memo is None:
        return _caller_of_scope(scope)
    caller: Optional[Caller] = memo.get(_MEMO)
    if caller is None:
        caller = memo[_MEMO] = _caller_of_scope(scope)
    return caller


def _caller_of_scope(scope: Mapping[str, Any]) -> Caller:
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "http"), scope.get("scheme", "http"))
    client = scope.get("client")
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    peer = client[0] if client else None
    return _caller(scope.get("method", "GET"), scope["path"], query, scheme, scope["headers"], peer)


def _caller(
    method: str, path: str, query: str, scheme: str, headers: Iterable[tuple[bytes, bytes]], peer: Optional[str]
) -> Caller:
    joined: dict[bytes, str] = {}
    for name, value in headers:
        key = name.lower()
        text = value.decode("latin-1").strip() if key in _READ else ""
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    protocols = tuple(name.strip() for name in joined.get(b"sec-websocket-protocol", "").split(",") if name.strip())
    return Caller(
        method=method.upper(),
        path=path,
        query=query,
        scheme=scheme,
        host=joined.get(b"host"),
        origin=joined.get(b"origin"),
        fetch_site=joined.get(b"sec-fetch-site"),
        fetch_mode=joined.get(b"sec-fetch-mode"),
        fetch_dest=joined.get(b"sec-fetch-dest"),
        authorization=joined.get(b"authorization"),
        protocols=protocols,
        peer=peer,
        forwarded=any(name in _FORWARDING or name.startswith(b"x-forwarded-") for name in joined),
        forwarded_for=joined.get(b"x-forwarded-for"),
    )
