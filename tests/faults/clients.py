"""Clients that speak HTTP by hand, a byte at a time where that is wanted, and what they do to a server meanwhile."""

import re
import socket
import statistics
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Optional

import trio

from tests.e2e.jobs import FINAL, state, upload
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

_STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) ")
_RESET = struct.pack("ii", 1, 0)
KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
PATIENCE_S = 30.0


def head(port: int, line: str = "GET /health HTTP/1.1", *headers: str) -> bytes:
    """A request's head, with its Host."""
    return "\r\n".join([line, f"Host: 127.0.0.1:{port}", *headers, "", ""]).encode("latin-1")


def upgrade(port: int, path: str) -> bytes:
    """The head of a WebSocket's request."""
    return head(port, f"GET {path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", *KEY.splitlines())


async def connect(port: int, *, receive_buffer: int = 0) -> trio.SocketStream:
    """Open a connection, which may be one that takes little."""
    sock = trio.socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        await sock.connect(("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return trio.SocketStream(sock)


def reset(stream: trio.SocketStream) -> None:
    """Vanish: the peer gets RST and no FIN."""
    with suppress(OSError):
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    stream.socket.close()


async def read_all(stream: trio.SocketStream) -> bytes:
    """Read until the server ends the connection, however it does that."""
    got = b""
    with trio.fail_after(PATIENCE_S), suppress(trio.BrokenResourceError):
        while True:
            more = await stream.receive_some(65536)
            if not more:
                break
            got += more
    return got


async def exchange(port: int, data: bytes) -> bytes:
    """Send on a connection of its own, and read until the server ends it."""
    async with await connect(port) as stream:
        with suppress(trio.BrokenResourceError):
            await stream.send_all(data)
        return await read_all(stream)


def statuses(answer: bytes) -> list[int]:
    """Of all answers on a connection; those that say that it goes on are none."""
    return [int(status) for status in _STATUS.findall(answer) if status != b"100"]


async def ask_health(port: int) -> float:
    """Ask for the server's health on a connection of its own; the seconds that it took."""
    began = time.perf_counter()
    answer = await exchange(port, head(port, "GET /health HTTP/1.1", "Connection: close"))
    assert statuses(answer) == [200], answer
    return time.perf_counter() - began


async def keep_asking(port: int, times: list[float], pause: float = 0.02) -> None:
    """Ask for the server's health again and again, until cancelled."""
    while True:
        times.append(await ask_health(port))
        await trio.sleep(pause)  # the pace of the questions


def percentile(times: Sequence[float], percent: int) -> float:
    """What so many of them are not above."""
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


@asynccontextmanager
async def unharmed(tmp_path: Path, *, spare: int = 3, **settings: Any) -> AsyncIterator[ServerProcess]:
    """A server that must be at the end of the block what it was at its beginning: descriptors, streams, uploads, log.

    Args:
        tmp_path: The test's.
        spare: Descriptors that it may have more: connections of whoever asks.
        settings: As environment variables.
    """
    async with serving(tmp_path / "data", **settings) as server:
        await ask_health(server.port)
        before = server.fds
        yield server
        await ask_health(server.port)
        await until(lambda: server.fds <= before + spare, PATIENCE_S, f"the return to {before} descriptors")
        await until(lambda: not server.uploads(), what="the removal of what had arrived")
        assert "Traceback" not in server.said, server.said[-3000:]
        assert '"level": "error"' not in server.said.lower(), server.said[-3000:]


async def finished_job(server: ServerProcess, **parameters: Any) -> str:
    """Have a job made as fast as can be; its id."""
    async with calling(server) as client:
        job = await upload(client, speed=0, **parameters)

        async def ended() -> bool:
            return await state(client, job) in FINAL

        await until(ended, 60, "the end of the job")
    return job


async def try_to_read(stream: trio.SocketStream, seconds: float) -> Optional[bytes]:
    """Read what comes within a while; None when the connection is over."""
    with trio.move_on_after(seconds), suppress(trio.BrokenResourceError):
        return await stream.receive_some(65536) or None
    return b""


async def drip(port: int, at_once: bytes, slowly: bytes, pause: float) -> bytes:
    """Send the one at once and the other a byte at a time; what was answered when the server ended it."""
    answer = b""
    stream = await connect(port)
    async with stream:

        async def listen() -> None:
            nonlocal answer
            answer = await read_all(stream)
            nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            with suppress(trio.BrokenResourceError):
                await stream.send_all(at_once)
                for byte in slowly:
                    await trio.sleep(pause)  # what this client is about
                    await stream.send_all(bytes([byte]))
    return answer
