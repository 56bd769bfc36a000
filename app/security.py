"""Who may do what, as a pure policy: no I/O, no framework, one answer for HTTP, for every upgrade and for the upload.

Three questions, in this order.

1. Is the request for us? Its `Host` must be a name of ours, or a page elsewhere could point its own name at this
   address and read the answers (DNS rebinding). A name that is not ours is answered 421 Misdirected Request: that is
   what the status means, and unlike 403 it says that the name is wrong and not the rights.
2. Did a page that we do not know make a browser send it? A browser says so in `Origin` or `Sec-Fetch-Site`.
3. Does it need the token, and does it have it? On loopback neither curl nor our own pages need one.

Header names that may occur once and occur more often arrive here joined with a comma (RFC 9110, 5.3), which no rule
below accepts.
"""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Optional
from urllib.parse import unquote

from actors.runtime.errors import InvalidInput
from app.addresses import DEFAULT_PORTS, Authority, is_loopback, parse_authority, parse_origin
from app.problems import Problem

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_SHELLS: Final = re.compile(r"/health|/docs|/assets/[^\0]+|/jobs/[A-Za-z0-9_-]+/view", re.ASCII)
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDING: Final = frozenset({b"forwarded", b"via", b"x-real-ip"})


@dataclass(frozen=True)
class Policy:
    """What the operator decided.

    Attributes:
        port: The port that the server listens on; loopback names are ours with this port only.
        hosts: Further names of ours: `name` goes with the default ports and with `port`, `name:port` with that one.
        origins: Origins (`https://app.example`) whose pages may use the API from a browser.
        token: The bearer token; None when there is none.
        require_token: Ask for the token on loopback too.

    Raises:
        InvalidInput: An entry cannot be what it should be.
    """

    port: int
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    token: Optional[str] = None
    require_token: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never match, or would match too much."""
        for host in self.hosts:
            if parse_authority(host) is None:
                raise InvalidInput(f"{host!r} is not a host name.", hint="Write it as `name` or `name:port`.")
        for origin in self.origins:
            if parse_origin(origin) is None:
                raise InvalidInput(f"{origin!r} is not an origin.", hint="Write it as `https://name` with its port.")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise InvalidInput(
                "The token is empty, or has characters that cannot travel in a header.",
                hint="Use letters, digits, `-`, `.` and `_`: `python -c 'import secrets; "
                "print(secrets.token_urlsafe(32))'` makes one.",
            )
        if self.require_token and self.token is None:
            raise InvalidInput("A token is required, and none is set.", hint="Set one, or do not require it.")


@dataclass(frozen=True)
class Caller:
    """What a request says about who sent it.

    Attributes:
        method: Of HTTP; GET for an upgrade.
        path: Percent-decoded, without the query.
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


@dataclass(frozen=True)
class Denial:
    """A refusal.

    Attributes:
        status: 400, 401, 403 or 421.
        problem: What is not allowed and why.
        hint: What would be.
    """

    status: int
    problem: str
    hint: str = ""

    def as_problem(self) -> Problem:
        """The refusal as it is answered, with `WWW-Authenticate` where the token is missing."""
        challenge = (("www-authenticate", 'Bearer realm="callboard"'),) if self.status == 401 else ()
        return Problem(self.status, self.problem, self.hint, extra=challenge)


def is_listed_origin(origin: Optional[str], policy: Policy) -> bool:
    """Whether the operator named this origin."""
    parsed = parse_origin(origin or "")
    return parsed is not None and any(parse_origin(listed) == parsed for listed in policy.origins)


def judge(caller: Caller, policy: Policy) -> Optional[Denial]:
    """Whether a request may go on.

    Returns:
        None when it may, otherwise what to answer.
    """
    return _judge_host(caller, policy) or _judge_browser(caller, policy) or _judge_token(caller, policy)


def _judge_host(caller: Caller, policy: Policy) -> Optional[Denial]:
    asked = parse_authority(caller.host or "")
    if asked is None:
        return Denial(400, "The request needs exactly one well-formed Host header.")
    if _is_loopback_host(asked, caller, policy) or _is_configured_host(asked, caller, policy):
        return None
    return Denial(
        421,
        f"This server does not go by the name {caller.host!r}.",
        f"Ask for http://127.0.0.1:{policy.port}, or add the name to the hosts that the server is told to answer for.",
    )


def _is_loopback_host(asked: Authority, caller: Caller, policy: Policy) -> bool:
    port = asked.port or DEFAULT_PORTS.get(caller.scheme)
    return asked.host in _LOOPBACK_NAMES and port == policy.port


def _is_configured_host(asked: Authority, caller: Caller, policy: Policy) -> bool:
    # A proxy that ends TLS passes the name on without a port, or with its own.
    usual = {None, policy.port, *DEFAULT_PORTS.values()}
    for text in policy.hosts:
        ours = parse_authority(text)
        if ours is None or ours.host != asked.host:
            continue
        if asked.port in usual if ours.port is None else ours.port == (asked.port or DEFAULT_PORTS.get(caller.scheme)):
            return True
    return False


def _judge_browser(caller: Caller, policy: Policy) -> Optional[Denial]:
    if caller.origin is not None:
        if is_listed_origin(caller.origin, policy):
            return None
        if not _is_own_origin(caller, policy):
            return Denial(
                403,
                f"Pages of {caller.origin!r} may not use this server.",
                "Open this server's own page, or add the origin to the origins that the server is told to accept.",
            )
    if caller.fetch_site in (None, "none", "same-origin") or _is_followed_link(caller):
        return None
    return Denial(403, "A page of another site made the browser send this request.", "Open the address itself.")


def _is_own_origin(caller: Caller, policy: Policy) -> bool:
    parsed, asked = parse_origin(caller.origin or ""), parse_authority(caller.host or "")
    if parsed is None or asked is None:
        return False
    scheme, origin = parsed
    # Under a configured name TLS may end in a proxy, and then the page's scheme is not the one seen here.
    schemes = {caller.scheme} if _is_loopback_host(asked, caller, policy) else {caller.scheme, "https"}
    return scheme in schemes and origin == Authority(asked.host, asked.port or DEFAULT_PORTS[scheme])


def _is_followed_link(caller: Caller) -> bool:
    """Whether it only opens a page in a tab of its own: that changes nothing, and the other site cannot read it."""
    followed = (caller.method, caller.fetch_mode, caller.fetch_dest) == ("GET", "navigate", "document")
    return followed and caller.origin is None and caller.fetch_site in ("cross-site", "same-site")


def _judge_token(caller: Caller, policy: Policy) -> Optional[Denial]:
    if not _needs_token(caller, policy) or _has_token(caller, policy):
        return None
    if policy.token is None:
        hint = "Start the server with a token, or ask from the machine that it runs on."
    else:
        hint = "Send `Authorization: Bearer TOKEN`, or on a WebSocket the subprotocol `bearer.TOKEN`."
    given = caller.authorization is not None or any(name.startswith("bearer.") for name in caller.protocols)
    return Denial(401, "The token is wrong." if given else "This request needs the server's token.", hint)


def _needs_token(caller: Caller, policy: Policy) -> bool:
    if caller.method == "OPTIONS" or (caller.method in ("GET", "HEAD") and is_public(caller.path)):
        return False
    asked = parse_authority(caller.host or "")
    local = asked is not None and _is_loopback_host(asked, caller, policy)
    return policy.require_token or caller.forwarded or not local or not is_loopback(caller.peer)


def is_public(path: str) -> bool:
    """Whether a path holds no data of anyone: the shell of a page, what it loads, and `/health`."""
    return _SHELLS.fullmatch(path) is not None and ".." not in path.split("/") and "//" not in path


def _has_token(caller: Caller, policy: Policy) -> bool:
    if policy.token is None:
        return False
    kind, _, credentials = (caller.authorization or "").partition(" ")
    offered = [credentials.strip()] if kind.lower() == "bearer" else []
    offered.extend(name[len("bearer.") :] for name in caller.protocols if name.startswith("bearer."))
    expected = policy.token.encode()
    return any(hmac.compare_digest(one.encode(), expected) for one in offered)


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
    return _caller(method, unquote(target.partition("?")[0]), scheme, headers, peer)


def caller_of_scope(scope: Mapping[str, Any]) -> Caller:
    """The caller of an ASGI `http` or `websocket` scope."""
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "http"), scope.get("scheme", "http"))
    client = scope.get("client")
    return _caller(scope.get("method", "GET"), scope["path"], scheme, scope["headers"], client[0] if client else None)


def _caller(method: str, path: str, scheme: str, headers: Iterable[tuple[bytes, bytes]], peer: Optional[str]) -> Caller:
    joined: dict[bytes, str] = {}
    for name, value in headers:
        key, text = name.lower(), value.decode("latin-1").strip()
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    protocols = tuple(name.strip() for name in joined.get(b"sec-websocket-protocol", "").split(",") if name.strip())
    return Caller(
        method=method.upper(),
        path=path,
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
    )


def check_binding(hosts: Sequence[str], policy: Policy) -> None:
    """Refuse to listen where others can reach the server without a token.

    Args:
        hosts: The addresses or names to listen on.
        policy: With the token.

    Raises:
        InvalidInput: One of them is not loopback, and there is no token.
    """
    for host in hosts:
        bare = host.strip("[]")
        if policy.token is None and bare.lower() != "localhost" and not is_loopback(bare):
            raise InvalidInput(
                f"Listening on {host} lets other machines in, and there is no token to tell who may.",
                hint="Set a token, or listen on 127.0.0.1.",
            )
