"""What an application leaves unsaid is said for it: no answer of this server is without words."""

import json

import pytest

from app.asgi import Receive, Scope, Send
from tests.app.front.client import exchange
from tests.app.front.support import open_server

pytestmark = pytest.mark.real

GET = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + KEY + b"\r\n"


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """End without a word."""
    del scope, send
    await receive()


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a WebSocket that was not opened, in the way that has no answer."""
    del scope
    await receive()
    await send({"type": "websocket.close", "code": 1000})


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a status alone, as an application may."""
    del scope
    await receive()
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _problem(answer: bytes) -> int:
    first, _, body = answer.partition(b"\r\n\r\n")
    assert first.lower().count(b"connection: close") == 1, answer
    assert b"content-security-policy: default-src 'none'" in first, answer
    problem = json.loads(body)
    assert problem["detail"], answer
    return int(problem["status"])


@pytest.mark.parametrize("request_", [GET, UPGRADE], ids=["a request", "an upgrade"])
async def test_an_application_that_says_nothing(request_: bytes) -> None:
    """500, in words."""
    async with open_server(app=silent) as server:
        assert _problem(await exchange(await server.connect(), request_)) == 500


async def test_what_has_no_body_gets_none() -> None:
    """The answer to HEAD is as long as the one to GET, and empty."""
    async with open_server(app=silent) as server:
        answer = await exchange(await server.connect(), GET.replace(b"GET", b"HEAD"))
        assert answer.startswith(b"HTTP/1.1 500")
        assert b"content-type: application/problem+json" in answer
        assert answer.endswith(b"\r\n\r\n")


async def test_a_websocket_that_is_closed_before_it_is_open() -> None:
    """403, in words."""
    async with open_server(app=refusing) as server:
        assert _problem(await exchange(await server.connect(), UPGRADE)) == 403


async def test_what_an_application_says_stays() -> None:
    """Also when it is little."""
    async with open_server(app=failing) as server:
        closing = GET.replace(b"Host: x", b"Host: x\r\nConnection: close")
        answer = await exchange(await server.connect(), closing)
        assert answer.startswith(b"HTTP/1.1 500")
        assert answer.endswith(b"\r\n\r\n")
