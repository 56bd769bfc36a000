"""Threats by clients that cost more than they should: what they send is endless, or without number."""

from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Optional

import trio

from app.uploads.body import Body
from tests.app.served import upload
from tests.threats.ground import Ground, read_answer
from tests.threats.stalls import limits
from tests.threats.threat import SERVER, Threat, Wall, Who, give, wall

MANY = 8
"""Connections that there may be, in these tests."""


async def long_head(ground: Ground) -> bool:
    """Send a head of many headers."""
    headers = "".join(f"X-{number}: {'a' * 60}\r\n" for number in range(2000))
    head = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\n{headers}Connection: close\r\n\r\n"
    return b" 200 " in (await ground.exchange(head.encode())).partition(b"\r\n")[0]


async def endless_body(ground: Ground, path: str = "/api/generate") -> bool:
    """Send a body without end where a small one is expected."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    answer = await ground.first_answer(head.encode() + 3 * chunk + b"0\r\n\r\n")
    return b" 413 " not in answer.partition(b"\r\n")[0]


async def endless_upload(ground: Ground) -> bool:
    """Send more than an upload may have, without saying how much it will be."""
    head = (
        f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    part = b'--b\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
    chunks = [b"%x\r\n%s\r\n" % (len(one), one) for one in (part, b"x" * 400_000, b"\r\n--b--\r\n")]
    answer = await ground.first_answer(head.encode() + b"".join(chunks) + b"0\r\n\r\n")
    return b" 413 " not in answer.partition(b"\r\n")[0]


async def many_connections(ground: Ground) -> bool:
    """Have more connections served at once than there may be."""
    served = 0
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(await trio.open_tcp_stream("127.0.0.1", ground.port))
            for _ in range(3 * MANY)
        ]
        for stream in streams:
            try:
                await stream.send_all(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\n\r\n".encode())
                served += b" 200 " in (await read_answer(stream)).partition(b"\r\n")[0]
            except trio.BrokenResourceError:
                continue
    return served > MANY


async def many_streams(ground: Ground) -> bool:
    """Have more streams open than leave room for requests."""
    job = await _running(ground)
    async with AsyncExitStack() as stack:
        taken = [await _follow(ground, job, stack) for _ in range(MANY - 1)]
    return sum(one is not None for one in taken) > MANY * 3 // 4


async def large_message(ground: Ground) -> bool:
    """Send a message to a stream, which listens to none, that never ends."""
    job = await _running(ground)
    async with AsyncExitStack() as stack:
        stream = await _follow(ground, job, stack)
        assert stream is not None
        mask = bytes(4)
        await stream.send_all(b"\x02\xfe" + (40_000).to_bytes(2, "big") + mask + bytes(40_000))
        await stream.send_all(b"\x89\x84" + mask + b"ping")
        return b"\x8a\x04ping" in await _until(stream, b"\x8a\x04ping", b"\x88")


async def _running(ground: Ground) -> str:
    """A job that runs."""
    if not ground.job:
        ground.job = await upload(ground.client, {"speed": "60"})
        await ground.client.aclose()
    return ground.job


async def _follow(ground: Ground, job: str, stack: AsyncExitStack) -> Optional[trio.SocketStream]:
    """Open a stream; None when it is refused."""
    stream = await stack.enter_async_context(await trio.open_tcp_stream("127.0.0.1", ground.port))
    lines = (
        f"GET /ws/{job} HTTP/1.1",
        f"Host: 127.0.0.1:{ground.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    await stream.send_all("\r\n".join([*lines, "", ""]).encode())
    return stream if b" 101 " in (await _until(stream, b"\r\n\r\n")).partition(b"\r\n")[0] else None


async def _until(stream: trio.SocketStream, *ends: bytes) -> bytes:
    """Read until one of these came, or nothing more comes."""
    got = b""
    while not any(end in got for end in ends):
        chunk = await stream.receive_some(65536)
        if not chunk:
            break
        got += chunk
    return got


async def _unmeasured(body: Body) -> Optional[bytes]:
    """Take however much comes."""
    return None if body.ended else await body._next()


def _always(gate: Any, stream: trio.SocketStream, nursery: trio.Nursery) -> None:
    """Serve each connection."""
    nursery.start_soon(gate._guard, stream, gate._handle, gate._open)


THREATS = (
    Threat(
        "head without end",
        Who.NETWORK,
        "sends headers in any number and size",
        "16 KiB for a head",
        long_head,
        Wall({"app.main._front_limits": limits(head_size=1 << 20)}),
        SERVER,
        fresh=True,
    ),
    Threat(
        "body without end",
        Who.NETWORK,
        "fills the memory with a body where a small one is expected",
        "1 MiB for what is no upload",
        endless_body,
        wall(app__application__BODY_LIMIT=1 << 30),
        SERVER,
        fresh=True,
    ),
    Threat(
        "build without end",
        Who.NETWORK,
        "the same, with a request for a build, which does not go through Quart",
        "1 MiB for what is no upload, there too",
        partial(endless_body, path="/api/build"),
        wall(app__direct__BODY_LIMIT=1 << 30),
        SERVER,
        fresh=True,
    ),
    Threat(
        "upload without end",
        Who.UPLOADER,
        "fills the disk with one upload, without saying how long it is",
        "`upload_size` is counted while it comes",
        endless_upload,
        Wall({"app.uploads.body.Body.read": _unmeasured}),
        {"upload_size": 200_000},
    ),
    Threat(
        "connections without number",
        Who.NETWORK,
        "opens as many connections as it can",
        "`connections`; one more is answered 503, and what is beyond that is reset",
        many_connections,
        Wall({"app.front.listener._Gate._admit": _always}),
        {"connections": MANY},
    ),
    Threat(
        "streams without number",
        Who.NETWORK,
        "takes all connections for streams",
        "a quarter of them is kept for requests",
        many_streams,
        Wall({"app.main._front_limits": limits(streams=10_000)}),
        {"connections": MANY},
        fresh=True,
    ),
    Threat(
        "message without end",
        Who.NETWORK,
        "sends a stream messages in any size",
        "16 KiB of a message, and 1009",
        large_message,
        Wall({"app.front.talk.Talk.measure": give(0)}),
        SERVER,
    ),
)
