"""More clients than there is room for: those who are too many are told so, or reset; those who are in are served."""

import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest
import trio

from app.front.limits import DEFAULT_LIMITS
from tests import needs
from tests.e2e.figures import note
from tests.e2e.jobs import upload
from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.clients import ask_health, connect, head, read_all, statuses, try_to_read, upgrade
from tests.waiting import until

pytestmark = pytest.mark.real

SILENT = 5000
CONNECTIONS = 2000
EACH = 32 * 1024
"""Bytes that a connection may take. Python's allocator keeps them for the next ones: most of its arenas stay in use."""

GROWTH = 6 * 1024 * 1024
"""Bytes that a second crowd of the same size may add, if the first one left nothing behind."""

STREAMS = 30


@pytest.fixture(autouse=True)
def descriptors() -> Iterator[None]:
    """As many as there may be, here and in the server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * SILENT:
        needs.missing(f"at most {hard} descriptors here: ulimit -Hn {2 * SILENT}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
async def test_5000_connections_that_say_nothing(tmp_path: Path) -> None:
    """Who was there before is answered all along; the silent ones go, and what they took serves the next ones."""
    async with serving(tmp_path / "data", connections=CONNECTIONS) as server, calling(server) as client:
        assert (await client.get("/health")).status_code == 200
        fds, memory = server.fds, server.rss
        peak = await _come_and_go(server, client)
        full = server.rss
        assert full < memory + CONNECTIONS * EACH
        await _come_and_go(server, client)
        note({"silent": SILENT, "descriptors": peak, "memory": memory, "full": full, "again": server.rss})
        assert server.rss < full + GROWTH
        assert server.fds <= fds + 3
        assert "Traceback" not in server.said


async def _come_and_go(server: ServerProcess, client: httpx.AsyncClient) -> int:
    """Connect all of them, say nothing, and wait until they are let go; the most descriptors that the server had."""
    async with AsyncExitStack() as crowd:
        return await _silence(server, client, crowd)


async def _silence(server: ServerProcess, client: httpx.AsyncClient, crowd: AsyncExitStack) -> int:
    fds = server.fds
    streams: list[trio.SocketStream] = []
    peaks: list[int] = []

    def at_the_limit() -> bool:
        # The first ones may be let go before the last ones come: how many there were is what counts.
        peaks.append(server.fds)
        return max(peaks) > CONNECTIONS

    for number in range(SILENT):
        # Those too many may be reset before this end knows that it is connected.
        with suppress(ConnectionResetError):
            streams.append(await crowd.enter_async_context(await connect(server.port)))
        if number % 500 == 0:
            # On the connection that it has: one more would find no room.
            assert (await client.get("/jobs")).status_code == 200
        if number % 100 == 0:
            at_the_limit()
    await until(at_the_limit, what="the limit")
    assert len(streams) > CONNECTIONS
    # Those that are told no, and one that is being let go; the rest is what the server itself opens and closes.
    assert max(peaks) < fds + CONNECTIONS + DEFAULT_LIMITS.refusals + 16, peaks
    assert (await client.get("/health")).status_code == 200
    last = await read_all(streams[-1])
    assert statuses(last) in ([], [503]), last
    await until(lambda: server.fds < fds + 100, 60, "the end of those that say nothing")
    await crowd.aclose()
    assert await ask_health(server.port) < 30
    await until(lambda: server.fds <= fds + 3, 30, f"the return to {fds} descriptors")
    return max(peaks)


async def test_more_subscribers_than_there_is_room_for(tmp_path: Path) -> None:
    """Three quarters of the connections may be streams: one more is told 503, and plain requests still get in."""
    async with serving(tmp_path / "data", connections=STREAMS * 4 // 3) as server, calling(server) as client:
        job = await upload(client, speed=60, steps=1000, detail=0)
        inside = [await connect(server.port) for _ in range(STREAMS)]
        for stream in inside:
            await stream.send_all(upgrade(server.port, f"/ws/{job}"))
            assert (await try_to_read(stream, 20) or b"").startswith(b"HTTP/1.1 101 ")
        for _ in range(3):
            async with await connect(server.port) as stream:
                await stream.send_all(upgrade(server.port, f"/ws/{job}"))
                answer = await read_all(stream)
            assert statuses(answer) == [503], answer
            assert b"application/problem+json" in answer
        async with await connect(server.port) as stream:
            await stream.send_all(head(server.port, "GET /health HTTP/1.1", "Connection: close"))
            assert statuses(await read_all(stream)) == [200]
        await inside.pop().aclose()

        async def has_room() -> bool:
            async with await connect(server.port) as stream:
                await stream.send_all(upgrade(server.port, f"/ws/{job}"))
                return (await try_to_read(stream, 20) or b"").startswith(b"HTTP/1.1 101 ")

        await until(has_room, 30, "room for one more")
        for stream in inside:
            await stream.aclose()
        await client.delete(f"/jobs/{job}")
        assert "Traceback" not in server.said
