"""The previews of apps, cancelled at every step: no connection, no port, no start and no visitor is left."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio
from wsproto.events import AcceptConnection, CloseConnection, TextMessage

from actors.projects.tools.outside import ServerState
from actors.runtime.errors import Busy
from app.preview.naming import Place, address_of
from app.preview.ports import Ports
from app.preview.settings import PreviewSettings
from tests.actors.sweeping import stride, sweep
from tests.app.front.client import read_all
from tests.app.preview.standin import LIMITS, ONE, TWO, StandInServer, World, open_world
from tests.app.preview.test_sockets import Client
from tests.waiting import until

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.real

Visit = Callable[[World], Awaitable[None]]


async def _get(world: World, project: str = ONE, path: str = "/", port: int = 0) -> bytes:
    """Ask as a client that keeps nothing: whatever is left then is not its own."""
    host = f"{address_of(project)}:{port}" if port else world.host(project)
    address = address_of(project) if port else "127.0.0.1"
    async with await trio.open_tcp_stream(address, port or world.port) as stream:
        await stream.send_all(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        return await read_all(stream)


async def _page(world: World) -> None:
    """By the app's host; then a client who leaves in the middle of a body that does not end."""
    assert (await _get(world)).startswith(b"HTTP/1.1 200")
    async with await world.connect() as stream:
        await stream.send_all(f"GET /events HTTP/1.1\r\nhost: {world.host()}\r\n\r\n".encode())
        got = b""
        while b"data: 1" not in got:
            got += await stream.receive_some(4096)


async def _sleeping(world: World) -> None:
    """An app that is started by a visit, and answers when it runs."""
    world.projects.servers[TWO].become(ServerState.STOPPED)
    assert (await _get(world, TWO)).startswith(b"HTTP/1.1 200")


async def _at_a_port(world: World) -> None:
    """An app at a port of its own, which is then taken away."""
    port = await world.previews.ports.open(ONE, address_of(ONE))
    assert (await _get(world, port=port)).startswith(b"HTTP/1.1 200")
    world.previews.ports.close(ONE)
    assert await world.previews.ports.open(ONE) > 0


async def _built(world: World) -> None:
    """An app that is shown from its files, while it does not run."""
    world.one.become(ServerState.STOPPED)
    assert (await _get(world)).endswith(b"<p>built</p>")


async def _socket(world: World, *, late: bool) -> None:
    """A WebSocket, spliced or relayed, with a message each way."""
    async with await world.connect() as stream:
        if late:
            await stream.send_all(f"GET /nothing HTTP/1.1\r\nhost: {world.host()}\r\n\r\n".encode())
            assert b"\r\n\r\n" in await stream.receive_some(4096)
        client = Client(stream)
        assert isinstance(await client.open(world.host(), "/hmr", "vite-hmr"), AcceptConnection)
        await client.send(TextMessage("hello"))
        assert await client.message() == "hello"
        await client.send(CloseConnection(1000))
        await client.next()


async def _fresh(world: World) -> None:
    await _socket(world, late=False)


async def _used(world: World) -> None:
    await _socket(world, late=True)


@pytest.mark.slow
@pytest.mark.parametrize("visit", [_page, _sleeping, _at_a_port, _built, _fresh, _used])
async def test_a_visit(tmp_path: Path, visit: Visit) -> None:
    """With all that it passes through, from the start of the server to its end."""
    seen: dict[int, World] = {}

    async def scenario(at: int) -> None:
        root = tmp_path / str(at)
        (root / "built").mkdir(parents=True)
        (root / "built" / "index.html").write_text("<p>built</p>", encoding="ascii")
        async with open_world(root) as world:
            seen[at] = world
            world.projects.output[ONE] = root / "built"
            await visit(world)

    async def after(at: int) -> None:
        if at not in seen:
            return
        world = seen.pop(at)
        servers: list[StandInServer] = list(world.projects.servers.values())
        assert not any(server.visitors for server in servers), at
        assert not any(server.app.open for server in servers), at
        await until(lambda: not len(world.previews.ports), 5, f"the end of the ports at step {at}")

    points = await sweep(scenario, after, stride=stride(5))
    logger.info("%s: %d points", visit.__name__, points)
    assert points > 5


async def test_ports_that_another_project_had() -> None:
    """Each that is opened and not used is closed, at both addresses."""

    async def serve(stream: trio.SocketStream, place: Place) -> None:
        raise AssertionError((stream, place))

    async def scenario(_at: int) -> None:
        async with trio.open_nursery() as nursery:
            settings = PreviewSettings(bind=("127.0.0.1", "127.0.0.2"))
            ports = Ports(settings, LIMITS, serve, lambda _: 0.0, nursery)
            ports._owners = dict.fromkeys(range(1 << 16), TWO)
            with pytest.raises(Busy):
                await ports.open(ONE)
            nursery.cancel_scope.cancel()

    assert await sweep(scenario, stride=stride(7)) > 5
