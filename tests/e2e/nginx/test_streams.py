"""Events through nginx: each at once, in order, and with the server's own way to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from tests.e2e.jobs import upload
from tests.e2e.nginx.ground import TOKEN, behind, follow, reader_of
from tests.e2e.nginx.proxy import Proxy
from tests.e2e.reader import Reader
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def test_a_job_over_a_websocket(tmp_path: Path) -> None:
    """All events in order; what the server says at the end, or instead of an upgrade, arrives as it is."""
    async with behind(tmp_path, jobs_at_once=4) as (server, proxy), proxy.calling(TOKEN) as client:
        job = await upload(client, speed=0.2, detail=0)
        reader = reader_of(job)
        assert await follow(reader, proxy) == 1000
        assert reader.whole
        offered = Reader(job, headers=[f"Sec-WebSocket-Protocol: callboard, bearer.{TOKEN}"])
        assert await follow(offered, proxy) == 1000
        assert offered.seqs == reader.seqs
        assert await follow(Reader(job), proxy) == 401
        assert await follow(reader_of("job-none"), proxy) == 404
        async with _socket(proxy, f"/ws/{await upload(client, speed=60)}") as socket:
            # That it is answered by the part of the server that has bounds for subscribers.
            await socket.send_message(b"x" * 70_000)
            assert await _closed(socket) == 1009
        assert "Traceback" not in server.said


@asynccontextmanager
async def _socket(proxy: Proxy, path: str) -> AsyncIterator[WebSocketConnection]:
    """A WebSocket of a library, with the token."""
    headers = [(b"Authorization", f"Bearer {TOKEN}".encode())]
    stream = await proxy.dial()
    try:
        async with trio.open_nursery() as nursery:
            yield await wrap_client_stream(nursery, stream, f"localhost:{proxy.https}", path, extra_headers=headers)
            nursery.cancel_scope.cancel()
    finally:
        with trio.move_on_after(2, shield=True):
            await trio.aclose_forcefully(stream)


async def _closed(socket: WebSocketConnection) -> int:
    """Read to the end; the code."""
    try:
        with trio.fail_after(60):
            while True:
                await socket.get_message()
    except ConnectionClosed as closed:
        return 1006 if closed.reason is None else int(closed.reason.code)


async def test_the_board_and_the_end_of_the_server(tmp_path: Path) -> None:
    """Whoever watches the board, or follows a job, is told that the server stops: 1012."""
    async with behind(tmp_path) as (server, proxy), proxy.calling(TOKEN) as client:
        job = await upload(client, speed=60)
        reader = reader_of(job)
        async with trio.open_nursery() as nursery, _socket(proxy, "/ws") as board:
            assert job in await board.get_message()
            nursery.start_soon(follow, reader, proxy)
            await until(lambda: reader.last, what="an event")
            nursery.start_soon(server.stop)
            assert await _closed(board) == 1012
        assert reader.codes == [1012]
        assert "Traceback" not in server.said
