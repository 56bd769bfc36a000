"""Who may ask: the outermost ASGI layer. This machine alone, under its own names, and no page but our own.

The orchestrator runs commands for whoever may ask, so a page elsewhere must not be able to make a browser do it.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Optional

from client.orchestrator.refusals import MEDIA_TYPE, Refusal

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_AUTHORITY = re.compile(r"(?P<name>\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_HTTP = 80
_ADDED = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
)


class Edge:
    """An ASGI application around another.

    Args:
        app: What is behind it.
        port: That it is listened for at.
    """

    def __init__(self, app: AsgiApp, port: int) -> None:
        self._app = app
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; there are no WebSockets here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "there are no WebSockets here"})
            return

        async def dressed(message: Message) -> None:
            """Add the headers that every answer has."""
            if message["type"] == "http.response.start":
                headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
                present = {name for name, _ in headers}
                message = {**message, "headers": [*headers, *(added for added in _ADDED if added[0] not in present)]}
            await send(message)

        refusal = judge(scope, self._port)
        if refusal is None:
            await self._app(scope, receive, dressed)
            return
        body = refusal.body
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await dressed({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await dressed({"type": "http.response.body", "body": body, "more_body": False})


def judge(scope: Scope, port: int) -> Optional[Refusal]:
    """Return why a request may not go on; None when it may.

    Args:
        scope: Of ASGI.
        port: That we listen at.
    """
    given: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        given[key] = f"{given[key]}, {text}" if key in given else text
    host = given.get("host", "").lower()
    if not _is_ours(host, port):
        hint = f"Ask for http://localhost:{port}."
        return Refusal(421, f"This orchestrator does not go by the name {host[:200]!r}.", hint)
    origin = given.get("origin")
    if origin is not None and origin.lower() != f"http://{host}":
        hint = "Open the orchestrator's own page."
        return Refusal(403, f"Pages of {origin[:200]!r} may not use this orchestrator.", hint)
    site = given.get("sec-fetch-site", "none")
    if site not in {"none", "same-origin"} and not _is_followed_link(scope, given):
        return Refusal(403, "Another page made the browser send this request.", "Open the address itself.")
    return None


def _is_ours(host: str, port: int) -> bool:
    """Return whether a Host header names us."""
    found = _AUTHORITY.fullmatch(host)
    return found is not None and found["name"] in _NAMES and int(found["port"] or _HTTP) == port


def _is_followed_link(scope: Scope, given: dict[str, str]) -> bool:
    """Return whether it only opens the page in a tab of its own, which changes nothing and cannot be read."""
    opened = (given.get("sec-fetch-mode"), given.get("sec-fetch-dest")) == ("navigate", "document")
    return opened and scope["method"] == "GET" and scope["path"] == "/" and "origin" not in given
