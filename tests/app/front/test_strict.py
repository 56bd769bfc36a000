"""Requests that two programs may read differently, and bytes that nobody asked for."""

import json

import pytest

from tests.app.front.client import exchange
from tests.app.front.support import open_server
from tests.app.front.test_serve_http import quart_app

pytestmark = pytest.mark.real

FIRST = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
BOTH = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


@pytest.mark.parametrize("before", [b"", FIRST])
@pytest.mark.parametrize(
    "bad",
    [
        BOTH,
        b"GET ? HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://evil/x HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
async def test_what_is_ambiguous_is_refused_and_the_connection_ends(before: bytes, bad: bytes) -> None:
    """As the first request and as a later one, in the shape of all errors."""
    async with open_server(app=quart_app()) as server:
        answer = await exchange(await server.connect(), before + bad + FIRST)
        head, _, body = answer.rpartition(b"\r\n\r\n")
        assert b"HTTP/1.1 400" in head
        assert b"application/problem+json" in head
        assert json.loads(body)["status"] == 400
        assert answer.count(b"HTTP/1.1 200") == (1 if before else 0)


async def test_stray_bytes_behind_the_last_request_cost_nothing() -> None:
    """Some programs end a body with a line end too many."""
    async with open_server(app=quart_app()) as server:
        closing = FIRST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        answer = await exchange(await server.connect(), closing + b"\r\n" + b"x" * 1000)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.startswith(b"HTTP/1.1 200")
