"""Clients that close, with a goodbye or without, at each possible moment: nothing stays behind, nobody else notices."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.e2e.jobs import photo, state, upload
from tests.e2e.server import calling
from tests.faults.clients import (
    ask_health,
    connect,
    finished_job,
    head,
    keep_asking,
    reset,
    try_to_read,
    unharmed,
    upgrade,
)
from tests.waiting import until

pytestmark = pytest.mark.real

AT_ONCE = 40
BOUNDARY = "b"
TYPE = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
PART = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'.encode()


def _upload(port: int, *headers: str) -> bytes:
    body = PART + photo()
    return head(port, "POST /upload HTTP/1.1", TYPE, *(headers or (f"Content-Length: {len(body) + 5000}",))) + body


def _chunked(port: int) -> bytes:
    """An upload in chunks; where one ends is what the sweep cuts at."""
    parts = (PART[:20], PART[20:], photo()[:100], photo()[100:], b"\r\n", f"--{BOUNDARY}--\r\n".encode(), b"")
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
    return head(port, "POST /upload HTTP/1.1", TYPE, "Transfer-Encoding: chunked") + chunks


def _build(port: int) -> bytes:
    body = b'{"runId": "run-1", "prompt": "a shop", "workspaceId": "w"}'
    kind = "Content-Type: application/json"
    return head(port, "POST /api/build HTTP/1.1", kind, f"Content-Length: {len(body) + 1}") + body


async def _close(stream: trio.SocketStream, *, hard: bool) -> None:
    if hard:
        reset(stream)
    else:
        await stream.aclose()


async def _cut(port: int, data: bytes, *, hard: bool) -> None:
    stream = await connect(port)
    with suppress(trio.BrokenResourceError):
        if data:
            await stream.send_all(data)
    await _close(stream, hard=hard)


async def _sweep(cuts: Sequence[Callable[[], Awaitable[None]]]) -> None:
    limit = trio.CapacityLimiter(AT_ONCE)

    async def one(cut: Callable[[], Awaitable[None]]) -> None:
        async with limit:
            await cut()

    async with trio.open_nursery() as nursery:
        for cut in cuts:
            nursery.start_soon(one, cut)


@pytest.mark.slow
@pytest.mark.parametrize("hard", [False, True])
async def test_after_each_byte_of_a_request(tmp_path: Path, hard: bool) -> None:
    """Of each kind: a head, a form's first part, a body in chunks, JSON, the upgrade to a WebSocket."""
    async with unharmed(tmp_path) as server:
        port, times = server.port, list[float]()
        requests = [_upload(port), _chunked(port)[:-5], _build(port), upgrade(port, "/ws"), upgrade(port, "/ws/job-x")]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_asking, port, times)
            for request in requests:
                cuts = [request[:at] for at in range(len(request) + 1)]
                await _sweep([partial(_cut, port, cut, hard=hard) for cut in cuts])
            nursery.cancel_scope.cancel()
        assert times
        assert server.rows() == {}
        assert server.directories() == set()


async def _close_in_the_answer(port: int, request: bytes, size: int, *, hard: bool) -> None:
    """Read so many bytes of an answer, and close."""
    stream = await connect(port, receive_buffer=4096)
    await stream.send_all(request)
    got = 0
    # What is shorter ends, or is waited for no longer.
    with trio.move_on_after(1), suppress(trio.BrokenResourceError):
        while got < size:
            got += len(await stream.receive_some(min(size - got, 4096)) or b"x" * size)
    await _close(stream, hard=hard)


@pytest.mark.parametrize("hard", [False, True])
async def test_during_an_answer(tmp_path: Path, hard: bool) -> None:
    """A page, a model, a stream of either kind, and a list: after no byte, after some, and in the middle."""
    async with unharmed(tmp_path) as server:
        job, port = await finished_job(server, steps=50, detail=4), server.port
        requests = [
            head(port, "GET / HTTP/1.1"),
            head(port, f"GET /jobs/{job}/model HTTP/1.1"),
            head(port, f"GET /events/{job} HTTP/1.1", "Accept: text/event-stream"),
            head(port, "GET /openapi.json HTTP/1.1"),
            upgrade(port, f"/ws/{job}"),
            upgrade(port, "/ws"),
            head(port) * 50,
        ]
        sizes = (0, 1, 9, 100, 190, 300, 1000, 5000)
        cuts = [partial(_close_in_the_answer, port, request, size, hard=hard) for request in requests for size in sizes]
        await _sweep(cuts)
        await ask_health(port)


@pytest.mark.parametrize("hard", [False, True])
async def test_in_the_middle_of_a_websocket(tmp_path: Path, hard: bool) -> None:
    """After each byte of frames, whole or masked wrongly, of a stream that goes on, on a first request and a later."""
    frames = b"\x89\x84\0\0\0\0ping" + b"\x81\xfe\x01\x00\0\0\0\0" + b"x" * 40 + b"\x88\x82\0\0\0\0\x03\xe8"
    async with unharmed(tmp_path) as server:
        async with calling(server) as client:
            job = await upload(client, speed=60, steps=1000, detail=0)

        async def cut(before: bytes, path: str, size: int) -> None:
            stream = await connect(server.port)
            await stream.send_all(before + upgrade(server.port, path))
            with suppress(trio.BrokenResourceError):
                await try_to_read(stream, 5)
                await stream.send_all(frames[:size])
            await _close(stream, hard=hard)

        await _sweep(
            [
                partial(cut, before, path, size)
                for before, path in ((b"", f"/ws/{job}"), (b"", "/ws"), (head(server.port), f"/ws/{job}"))
                for size in range(len(frames) + 1)
            ]
        )
        async with calling(server) as client:

            async def nobody() -> bool:
                return bool((await client.get("/health/ready")).json()["streams"] <= 1)

            await until(nobody, what="the end of all streams")
            assert await state(client, job) in ("queued", "running")
            await client.delete(f"/jobs/{job}")
