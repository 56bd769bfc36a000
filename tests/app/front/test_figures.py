"""What the front counts: who is there, who is behind and by whose doing, and who was let go and why."""

from pathlib import Path

import pytest
import trio
from wsproto.events import Message

from app.asgi import Receive, Scope, Send
from app.front.figures import BLOCKED, LIVE, READING, Lag, lags_of
from app.front.requests import OTHER, PREVIEW, Requests
from tests.app.front.client import exchange
from tests.app.front.support import Server, event, final, open_server
from tests.app.preview.standin import open_world
from tests.app.preview.test_sockets import connect
from tests.waiting import until

pytestmark = pytest.mark.real


def lags(server: Server) -> "dict[str, Lag]":
    """How far those are behind who follow a stream."""
    return lags_of(server.front.figures.lags())


def answers(requests: Requests) -> "dict[tuple[str, str, int], int]":
    """How often each route was answered with each class of status."""
    return {
        (method, path, status): count
        for (method, path), route in requests.routes.items()
        for status, count in enumerate(route.statuses)
        if count
    }


async def test_who_keeps_up_and_who_does_not() -> None:
    """One who reads is live; one who takes nothing is blocked, until it is let go as slow."""
    async with open_server(limits={"send_buffer": 4096, "stall": 5, "lag_time": 5}) as server:
        assert lags(server) == {LIVE: Lag(), READING: Lag(), BLOCKED: Lag()}
        reader, stuck = await server.follow(), await server.follow(receive_buffer=4096)
        await until(lambda: lags(server)[LIVE] == Lag(2, 0), what="both to be live")
        server.streams.publish("job-1", [event(seq, size=60_000) for seq in range(1, 4)])
        await reader.until(3)
        await until(lambda: (lags(server)[LIVE].count, lags(server)[BLOCKED].count) == (1, 1), what="one to be blocked")
        assert lags(server)[BLOCKED].most >= 1
        assert sum(server.front.figures.delays.counts) >= 1
        stuck.reset()
        await server.wait_subscribers(1)
        assert sum(server.front.figures.let_go.counts.values()) == 0  # it went by itself


async def test_why_they_are_let_go() -> None:
    """By the server; not those whose stream has ended, nor those who say goodbye, with whatever code."""
    async with open_server(limits={"send_buffer": 4096, "stall": 0.2, "finish": 0.2, "message": 100}) as server:
        let_go = server.front.figures.let_go.counts
        loud = await server.follow()
        await loud.send(Message(data=b"x" * 1000))
        assert await loud.until_closed() == 1009
        assert let_go["message"] == 1
        polite = await server.follow()
        await polite.stream.send_all(b"\x88\x82\0\0\0\0\x03\xf5")  # goodbye, with 1013
        assert await polite.until_closed() == 1013
        assert let_go["slow"] == 0
        stuck = await server.follow(receive_buffer=4096)
        await server.wait_subscribers(1)
        server.streams.publish("job-1", [event(seq, size=60_000) for seq in range(1, 4)])
        await until(lambda: let_go["slow"] == 1, what="one to be let go")
        stuck.reset()
        ended = await server.follow(after=3)
        server.streams.publish("job-1", [final(4)])
        assert await ended.until_closed() == 1000
        assert {why: count for why, count in let_go.items() if count} == {"message": 1, "slow": 1}


async def test_who_answers_no_pings_is_silent() -> None:
    """And not slow."""
    async with open_server(limits={"ping_every": 0.05, "pings": 2}) as server:
        client = await server.follow()
        client.answers = False
        await until(lambda: server.front.figures.let_go.counts["silent"] == 1, what="one to be let go")
        assert server.front.figures.let_go.counts["slow"] == 0


async def test_when_the_server_stops_all_are_told_to_come_back() -> None:
    """Each is counted once."""
    async with open_server() as server:
        clients = [await server.follow() for _ in range(3)]
        await server.wait_subscribers(3)
        server.front.stop()
        assert [await client.until_closed() for client in clients] == [1012] * 3
        assert server.front.figures.let_go.counts["restart"] == 3


async def test_connections_are_counted() -> None:
    """While they are open; one too many is not one of them."""
    async with open_server(limits={"connections": 2, "linger": 0.1}) as server:
        figures = server.front.figures
        first, second = await server.connect(), await server.connect()
        await until(lambda: figures.connections == 2, what="two connections")
        third = await server.connect()
        await until(lambda: figures.refused.value == 1, what="a refusal")
        for stream in (first, second, third):
            await stream.aclose()
        await until(lambda: figures.connections == 0, what="their end")


async def closing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer once nobody is there any more, or refuse a WebSocket."""
    if scope["type"] == "http":
        while (await receive())["type"] != "http.disconnect":
            pass
    else:
        await receive()
        await send({"type": "websocket.close"})


async def test_requests_are_counted_however_they_end() -> None:
    """Answered, refused before they are one, not heard to the end, and upgraded or not."""
    async with open_server() as server:
        requests = server.front.figures.requests
        host = f"Host: 127.0.0.1:{server.port}\r\n"
        close = "Connection: close\r\n\r\n"
        await exchange(await server.connect(), f"GET /jobs/a HTTP/1.1\r\n{host}{close}".encode())
        await exchange(await server.connect(), b"no request\r\n\r\n")
        await server.follow()
        await server.follow("nobody")
        assert answers(requests) == {
            ("GET", "/jobs/{id}", 2): 1,
            (OTHER, OTHER, 4): 1,
            ("GET", "/ws/{id}", 1): 1,
            ("GET", "/ws/{id}", 4): 1,
        }
        assert sum(requests.routes["GET", "/jobs/{id}"].seconds.counts) == 1
        assert sum(requests.routes["GET", "/ws/{id}"].seconds.counts) == 0


async def test_who_leaves_before_the_answer_is_counted() -> None:
    """Without a status; and a WebSocket that the application refuses with the one that it gets."""
    async with open_server(app=closing) as server:
        requests = server.front.figures.requests
        stream = await server.connect()
        await stream.send_all(f"GET /jobs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        await trio.testing.wait_all_tasks_blocked(0.05)
        await stream.aclose()
        await until(lambda: ("GET", "/jobs", 0) in answers(requests), what="its end")
        client = await server.connect()
        lines = f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
        key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        assert b" 403 " in await exchange(client, (lines + key).encode())
        assert answers(requests)["GET", "/ws", 4] == 1


@pytest.mark.parametrize("after_a_request", [True, False])
async def test_all_that_is_asked_of_apps_is_one_route(tmp_path: Path, *, after_a_request: bool) -> None:
    """Whatever its paths are, although some are like the server's own; upgrades too, whichever way they come."""
    async with open_world(tmp_path) as world:
        client = await connect(world, after_a_request=after_a_request)
        async with client.stream:
            await client.open(world.host(), "/ws/job-1")
            await world.raw(f"GET /jobs HTTP/1.1\r\nhost: {world.host()}\r\nconnection: close\r\n\r\n".encode())
            found = answers(world.front.figures.requests)
    assert {path for _, path, _ in found} == {PREVIEW}
    assert sum(found.values()) == 2 + after_a_request
    assert found["GET", PREVIEW, 1] == 1
