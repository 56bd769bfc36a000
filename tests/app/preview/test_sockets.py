"""WebSockets to an app: spliced on a connection of their own, relayed on one that served requests before."""

from pathlib import Path
from typing import Any

import pytest
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, Ping, Pong, Request, TextMessage

from actors.projects.tools.outside import ServerState
from tests.app.preview.standin import ONE, World, open_world
from tests.waiting import until

pytestmark = pytest.mark.real


class Client:
    """A WebSocket client."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.events: list[Event] = []

    async def open(self, host: str, target: str = "/hmr", *protocols: str, **more: Any) -> Any:
        """Shake hands; what was answered."""
        request = Request(host=host, target=target, subprotocols=list(protocols), **more)
        await self.stream.send_all(self.ws.send(request))
        return await self.next()

    async def next(self) -> Any:
        """The next event."""
        with trio.fail_after(10):
            while not self.events:
                self.ws.receive_data(await self.stream.receive_some(65536) or None)
                self.events.extend(self.ws.events())
        event = self.events.pop(0)
        # The HTTP server asks whether somebody is there; that is its own business.
        return await self.next() if isinstance(event, Ping) and not event.payload else event

    async def message(self) -> Any:
        """The next whole message."""
        parts = [await self.next()]
        while not parts[-1].message_finished:
            parts.append(await self.next())
        return type(parts[0].data)().join(part.data for part in parts)

    async def send(self, event: Event) -> None:
        """Send an event."""
        await self.stream.send_all(self.ws.send(event))


async def connect(world: World, *, after_a_request: bool) -> Client:
    """Connect, on a fresh connection or on one that served a request."""
    stream = await world.connect()
    if after_a_request:
        await stream.send_all(f"GET /nothing HTTP/1.1\r\nhost: {world.host()}\r\n\r\n".encode())
        with trio.fail_after(5):
            got = b""
            while b"\r\n\r\n" not in got:
                got += await stream.receive_some(4096)
    return Client(stream)


BOTH = pytest.mark.parametrize("late", [False, True], ids=["fresh", "used"])


@BOTH
async def test_messages_pass_both_ways(world: World, late: bool) -> None:
    """Text and bytes, short and long, with the subprotocol that the app chose."""
    client = await connect(world, after_a_request=late)
    async with client.stream:
        answer = await client.open(world.host(), "/hmr?token=1", "vite-hmr")
        assert isinstance(answer, AcceptConnection)
        assert answer.subprotocol == "vite-hmr"
        assert not any(name == b"set-cookie" for name, _ in answer.extra_headers)
        assert world.app.last.target == "/hmr?token=1"
        for text in ("hello", "", "é" * 50_000):
            await client.send(TextMessage(text))
            assert await client.message() == text
        await client.send(BytesMessage(b"\x00\xff" * 50_000))
        assert await client.message() == b"\x00\xff" * 50_000
        assert world.one.visitors == 1
        await client.send(CloseConnection(4321, "bye"))
        assert (await client.next()).code in (4321, 1000)
    # The HTTP server does not say with which code a client closed.
    await until(lambda: world.app.codes == [1001 if late else 4321])
    await until(lambda: world.one.visitors == 0)


@BOTH
async def test_the_app_closes(world: World, late: bool) -> None:
    """Its code and its reason get there."""
    client = await connect(world, after_a_request=late)
    async with client.stream:
        await client.open(world.host())
        await client.send(TextMessage("close"))
        closed = await client.next()
        assert (closed.code, closed.reason) == (4001, "as asked")
    await until(lambda: world.one.visitors == 0)


@BOTH
async def test_the_app_vanishes(world: World, late: bool) -> None:
    """The client learns that it is over, and comes back."""
    client = await connect(world, after_a_request=late)
    async with client.stream:
        await client.open(world.host())
        await client.send(TextMessage("vanish"))
        closed = await client.next()
        assert isinstance(closed, CloseConnection)
        assert closed.code in (1006, 1011)
    await until(lambda: world.one.visitors == 0)


@BOTH
async def test_the_client_vanishes(world: World, late: bool) -> None:
    """The app learns it."""
    client = await connect(world, after_a_request=late)
    await client.open(world.host())
    await client.stream.aclose()
    await until(lambda: world.one.visitors == 0 and world.app.open == 0)


async def test_pings_pass_both_ways(world: World) -> None:
    """On a spliced connection nobody answers for the other."""
    client = await connect(world, after_a_request=False)
    async with client.stream:
        await client.open(world.host())
        await client.send(Ping(b"you?"))
        pong = await client.next()
        assert isinstance(pong, Pong)
        assert pong.payload == b"you?"
        await client.send(TextMessage("ping"))
        ping = await client.next()
        assert isinstance(ping, Ping)
        await client.send(ping.response())
        await until(lambda: world.app.pongs == [b"there?"])


async def test_what_follows_the_head_at_once_is_not_lost(world: World) -> None:
    """A client may send before it has its answer."""
    client = await connect(world, after_a_request=False)
    async with client.stream:
        data = client.ws.send(Request(host=world.host(), target="/hmr"))
        frame = b"\x81\x82\x00\x00\x00\x00hi"
        await client.stream.send_all(data + frame)
        assert isinstance(await client.next(), AcceptConnection)
        assert await client.message() == "hi"


async def test_a_client_that_has_said_all_is_waited_for_a_moment_only(world: World) -> None:
    """Half-closed: the other half ends soon after."""
    client = await connect(world, after_a_request=False)
    async with client.stream:
        await client.open(world.host())
        await client.stream.send_eof()
        await until(lambda: world.one.visitors == 0 and world.app.open == 0, seconds=10)


@BOTH
async def test_the_app_refuses(world: World, late: bool) -> None:
    """Its status is passed on."""
    client = await connect(world, after_a_request=late)
    async with client.stream:
        answer = await client.open(world.host(), "/no")
        assert getattr(answer, "status_code", None) == 403


async def test_an_app_that_does_not_answer(tmp_path: Path) -> None:
    """Is not waited for without end."""
    async with open_world(tmp_path, answer_seconds=0.2) as world:
        client = await connect(world, after_a_request=False)
        async with client.stream:
            assert getattr(await client.open(world.host(), "/hang"), "status_code", None) == 504
        await until(lambda: world.app.open == 0)


@BOTH
async def test_a_streams_path_on_an_apps_host_is_the_apps(world: World, late: bool) -> None:
    """`/ws/{id}` there never leads to our streams."""
    client = await connect(world, after_a_request=late)
    async with client.stream:
        assert isinstance(await client.open(world.host(), "/ws/job-1"), AcceptConnection)
    assert world.app.last.target == "/ws/job-1"
    assert world.front.subscribers == 0


@BOTH
async def test_pages_elsewhere_are_refused(world: World, late: bool) -> None:
    """And nothing of them reaches the app; its own page gets through."""
    for origin, status in (("http://evil.example", 403), (f"http://127.0.0.1:{world.port}", 403), ("null", 403)):
        client = await connect(world, after_a_request=late)
        seen = len(world.app.heard)
        async with client.stream:
            answer = await client.open(world.host(), extra_headers=[(b"origin", origin.encode())])
            assert getattr(answer, "status_code", None) == status
        assert len(world.app.heard) == seen
    client = await connect(world, after_a_request=late)
    async with client.stream:
        own = f"http://{world.host()}".encode()
        assert isinstance(await client.open(world.host(), extra_headers=[(b"origin", own)]), AcceptConnection)
    assert world.app.last.get("origin") == "http://localhost"


@BOTH
async def test_an_app_that_does_not_run_is_said(world: World, late: bool) -> None:
    """As 409."""
    client = await connect(world, after_a_request=late)
    world.one.wakes = False
    world.one.become(ServerState.CRASHED)
    async with client.stream:
        assert getattr(await client.open(world.host()), "status_code", None) == 409


async def test_sockets_of_one_app_are_bounded(tmp_path: Path) -> None:
    """Together with its requests."""
    async with open_world(tmp_path, connections=1) as world:
        first = await connect(world, after_a_request=False)
        async with first.stream:
            await first.open(world.host())
            second = await connect(world, after_a_request=False)
            async with second.stream:
                assert getattr(await second.open(world.host()), "status_code", None) == 503


async def test_the_servers_end_ends_them(world: World) -> None:
    """At once, whoever is at the other end."""
    client = await connect(world, after_a_request=False)
    async with client.stream:
        await client.open(world.host())
        world.previews.stop()
        assert isinstance(await client.next(), CloseConnection)
    assert not world.previews.site(ONE).busy
