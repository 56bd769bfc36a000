"""The front and the keeper of tokens, cancelled at every step: nothing is left, and another one serves."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from app.security import Gate
from app.security.issuing import added
from app.security.keeper import TokenKeeper
from app.security.tokenfile import FILE, change_tokens
from tests.actors.sweeping import stride, sweep
from tests.app.front.client import WsClient, exchange
from tests.app.front.support import MemoryStreams, Server, event, final, open_server
from tests.app.security.test_keeper import ASKS, World
from tests.app.security.test_tokens import NOW, made

logger = logging.getLogger(__name__)


async def test_the_keeper_of_tokens(tmp_path: Path) -> None:
    """Looks at the file, and is asked to by a request: the gate goes by it again once the keeper runs again."""
    worlds: dict[int, World] = {}

    async def live(world: World) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(world.keeper.run)
            if not world.path.exists():
                change_tokens(world.path, lambda now: added(now, made(), NOW))
            assert await world.gate.admit(ASKS) is None
            nursery.cancel_scope.cancel()

    async def scenario(at: int) -> None:
        (tmp_path / str(at)).mkdir()
        worlds[at] = World(tmp_path / str(at))
        await live(worlds[at])

    async def after(at: int) -> None:
        world = worlds.pop(at)
        with trio.fail_after(5):
            await live(world)  # the same keeper, as its supervisor has it, with what the cancel left in it
        other = Gate(world.gate.policy, lambda: NOW)
        await TokenKeeper(tmp_path / str(at) / FILE, other).look()
        assert other.judge(ASKS) is None, at

    points = await sweep(scenario, after)
    logger.info("the keeper of tokens: %d points", points)
    assert points > 10


@contextmanager
def _closing(server: Server) -> Iterator[None]:
    """The clients are the test's own, and so is closing them."""
    try:
        yield
    finally:
        for stream in server.clients:
            stream.socket.close()


async def _follow(client: WsClient) -> None:
    assert await client.until_closed() in (1000, 1012)


async def _visit(server: Server) -> None:
    """One of each: a request over HTTP, a stream from its beginning, one that is live, and one who says nothing."""
    streams = server.streams
    streams.publish("job-1", [event(seq, size=2000) for seq in range(1, 40)])
    streams.forget("job-1")
    with _closing(server):
        await server.connect()
        async with trio.open_nursery() as nursery:
            for after in (0, None):
                nursery.start_soon(_follow, await server.follow(after=after))
            streams.publish("job-1", [event(40)])
            answer = await exchange(await server.connect(), b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert answer.endswith(b"/a 0")
            streams.publish("job-1", [final(41)])


@pytest.mark.real
async def test_the_front() -> None:
    """Its listener, its connections, the broadcaster and its pump."""
    names = ("job-1", "job-2")
    kept: list[MemoryStreams] = []

    async def scenario(_at: int) -> None:
        kept[:] = [MemoryStreams(*names)]
        async with open_server(kept[0]) as server:
            await _visit(server)
            server.front.stop()

    async def after(at: int) -> None:
        # The same streams, which outlive a front; `open_server` looks at the subscribers.
        async with open_server(kept[0]) as server:
            with _closing(server):
                client = await server.follow("job-2")
                await server.wait_subscribers(1, "job-2")
                server.streams.publish("job-2", [final(1)])
                assert await client.until_closed() == 1000, at

    points = await sweep(scenario, after, stride=stride(1))
    logger.info("the front: %d points", points)
    assert points > 20
