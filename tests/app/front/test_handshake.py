"""The opening handshake of a stream: what is answered before the upgrade, and what is chosen in it."""

import json

import pytest
import trio
from wsproto.extensions import PerMessageDeflate

from app.security import Caller, Denial
from tests.app.front.client import WsClient
from tests.app.front.support import open_server

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("target", "status", "word"),
    [
        ("/ws/job-2", 404, "job-2"),
        ("/ws/job-1?after=x", 422, "after"),
        ("/ws/job-1?after=-1", 422, "after"),
        ("/ws/job-1?after=1&after=2", 422, "after"),
        ("/ws/job-1?after=1", 422, "last event is 0"),
        ("/ws/job-1?after=" + "9" * 4000, 422, "after"),
        ("/ws/%00?after=", 422, "after"),
    ],
)
async def test_what_cannot_be_followed_is_answered_before_the_upgrade(target: str, status: int, word: str) -> None:
    """As a problem document."""
    async with open_server() as server:
        client = WsClient(await server.connect())
        await client.open(target)
        assert client.status == status
        assert client.headers[b"content-type"] == b"application/problem+json"
        problem = json.loads(client.body)
        assert problem["status"] == status
        assert word in problem["detail"]


async def test_the_policy_comes_first_and_sees_the_whole_request() -> None:
    """An unknown actor and a known one look the same to who may not ask."""
    callers: list[Caller] = []

    async def judge(caller: Caller) -> Denial:
        callers.append(caller)
        return Denial(401, "Not you.")

    async with open_server(judge=judge) as server:
        for name in ("job-1", "job-2"):
            client = await server.follow(name, protocols=["callboard", "bearer.secret"])
            assert client.status == 401
            assert b"www-authenticate" in client.headers
    assert callers[0].path == "/ws/job-1"
    assert callers[0].protocols == ("callboard", "bearer.secret")
    assert callers[0].peer == "127.0.0.1"


async def test_the_subprotocol_is_chosen_and_deflate_is_not() -> None:
    """A browser offers both."""
    async with open_server() as server:
        client = await server.follow(protocols=["callboard", "bearer.t"], extensions=[PerMessageDeflate()])
        assert (client.status, client.protocol) == (101, "callboard")
        plain = await server.follow()
        assert (plain.status, plain.protocol) == (101, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Sec-WebSocket-Version: 13\r\n", 400),
        (b"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 426),
        (b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 2\r\n", 400),
    ],
)
async def test_a_broken_handshake_is_refused(headers: bytes, status: int) -> None:
    """With a problem document."""
    async with open_server() as server:
        client = WsClient(await server.connect())
        head = b"GET /ws/job-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        await client.stream.send_all(head + headers + b"\r\n")
        with trio.fail_after(5):
            answer = await client.stream.receive_some(4096)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
