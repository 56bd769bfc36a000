"""Mistakes that others have made with the same parts, each over the wire."""

from pathlib import Path

import pytest
import trio

from tests.e2e.jobs import ready, state, until_states, upload
from tests.e2e.reader import Reader
from tests.e2e.server import TINY_SPEED, ServerProcess, calling, serving
from tests.waiting import until


async def _head_of_upgrade(server: ServerProcess, job: str, *, reused: bool) -> str:
    reader = Reader(job, headers=("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",))
    async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
        if reused:
            await stream.send_all(f"HEAD /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            assert b"200" in await stream.receive_some()
        await stream.send_all(reader.request(server.port, 0))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await stream.receive_some()
    return answer.partition(b"\r\n\r\n")[0].decode().lower()


@pytest.mark.real
async def test_deflate_is_never_taken(tmp_path: Path) -> None:
    """Browsers offer it each time, and each subscriber would have a compressor of its own."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, speed=60)
        for reused in (False, True):
            head = await _head_of_upgrade(server, job, reused=reused)
            assert head.startswith("http/1.1 101"), head
            assert "sec-websocket-extensions" not in head


@pytest.mark.real
@pytest.mark.parametrize("reused", [False, True])
async def test_an_extra_byte_after_an_upgrade_ends_nothing_else(tmp_path: Path, reused: bool) -> None:
    """It ended a whole server once (pgjones/hypercorn#225)."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, speed=60)
        async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
            if reused:
                await stream.send_all(f"HEAD /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
                assert b"200" in await stream.receive_some()
            await stream.send_all(Reader(job).request(server.port, 0) + b"x")
            assert (await stream.receive_some())[:9] == b"HTTP/1.1 "
        assert await state(client, job) in ("queued", "running")
        assert "Traceback" not in server.said, server.said


@pytest.mark.real
async def test_subscribers_that_leave_are_forgotten(tmp_path: Path) -> None:
    """Those of each kind, in the middle of a stream."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, speed=60, steps=1000, detail=0)
        await until(lambda: server.fds, what="a start")
        before = server.fds
        for _ in range(20):
            reader = Reader(job)
            stream = await reader.connect(server.port)
            async with stream:
                await stream.receive_some()
            async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
                head = (
                    f"GET /events/{job} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept: text/event-stream\r\n\r\n"
                )
                await stream.send_all(head.encode())
                await stream.receive_some()
        await until(lambda: server.fds <= before, what=f"the return to {before} descriptors")
        assert (await ready(client))["streams"] == 1


@pytest.mark.real
async def test_what_lies_in_the_data_directory_is_not_imported(tmp_path: Path) -> None:
    """The children that read photos run there, and must not run what somebody has put there."""
    data = tmp_path / "data"
    for name in ("PIL", "json", "actors"):
        (data / name).mkdir(parents=True)
        (data / name / "__init__.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    async with serving(data) as server, calling(server) as client:
        await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        assert "imported" not in server.said
