"""Threats by clients that hold what they have got: they send slowly or nothing, or do not read what they asked for."""

import math
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Any, Optional

import trio

from app.front.head import BadHead, Head, HeadParser
from app.front.limits import FrontLimits
from app.front.reading import HeadReader
from app.front.subscriber import Subscriber
from app.main import _front_limits
from app.settings import Settings
from app.uploads.body import Body
from tests.app.front.support import event, open_server
from tests.threats.ground import Ground, read_answer
from tests.threats.threat import SERVER, Threat, Wall, Who
from tests.waiting import until

SLOW = 0.3
"""Seconds that a client may be slow, in these tests."""


PATIENCE = 5 * SLOW
"""Seconds that it holds on, which is what it wants."""


ANSWERS = 200
"""That are asked for at once, and are more than the kernel holds for who does not read them."""


async def slow_head(ground: Ground) -> bool:
    """Hold a connection with a head that never ends."""
    del ground
    ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
    reader = HeadReader(FrontLimits(head_time=SLOW))
    async with ours, theirs, trio.open_nursery() as nursery:
        nursery.start_soon(reader.run)
        await theirs.send_all(b"GET /health HTTP/1.1\r\n")
        with trio.move_on_after(4 * SLOW) as patience:
            with suppress(BadHead):
                await reader.read(ours)
        nursery.cancel_scope.cancel()
    return patience.cancelled_caught


async def slow_body(ground: Ground) -> bool:
    """Hold an upload open with a byte now and then."""
    head = (
        f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )
    return await _held(ground, head.encode(), PATIENCE)


async def _held(ground: Ground, begin: bytes, seconds: float) -> bool:
    """Whether a connection is still listened to after so long, a byte now and then."""
    answered = False
    with trio.move_on_after(seconds):
        async with await trio.open_tcp_stream("127.0.0.1", ground.port) as stream, trio.open_nursery() as nursery:
            nursery.start_soon(_drip, stream, begin)
            await stream.receive_some(1)
            answered = True
            nursery.cancel_scope.cancel()
    return not answered


async def _drip(stream: trio.SocketStream, begin: bytes) -> None:
    """Send a beginning, then a byte now and then."""
    with suppress(trio.BrokenResourceError):
        await stream.send_all(begin)
        while True:
            await trio.sleep(SLOW / 6)  # what makes it slow
            await stream.send_all(b"x")


async def slow_json(ground: Ground) -> bool:
    """The same with a small body, where no upload is."""
    head = (
        f"POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\nContent-Length: 1000000\r\n"
        "Content-Type: application/json\r\n\r\n"
    )
    return await _held(ground, head.encode(), PATIENCE)


async def say_nothing(ground: Ground) -> bool:
    """Open a connection, and say nothing."""
    return await _stays(ground, b"")


async def say_no_more(ground: Ground) -> bool:
    """Ask for something, read the answer, and say nothing more."""
    return await _stays(ground, f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\n\r\n".encode())


async def _stays(ground: Ground, first: bytes) -> bool:
    """Whether a connection is still there after so long, on which nothing is said."""
    async with await trio.open_tcp_stream("127.0.0.1", ground.port) as stream:
        if first:
            await stream.send_all(first)
            assert b" 200 " in await read_answer(stream)
        with trio.move_on_after(PATIENCE):
            assert await stream.receive_some(1) == b""
            return False
    return True


async def leave_answers(ground: Ground) -> bool:
    """Ask for a lot, and read none of it."""
    request = f"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\n\r\n"
    with _deaf() as sock:
        await sock.connect(("127.0.0.1", ground.port))
        await sock.send(request.encode() * ANSWERS)
        return not await _is_reset(sock)


async def leave_events(ground: Ground) -> bool:
    """Follow a job, which has much to say, and read none of it."""
    del ground
    events = [event(seq, size=2000) for seq in range(1, 500)]
    async with open_server(limits={"stall": SLOW, "finish": SLOW / 3, "send_buffer": 4096}) as server:
        await server.follow(receive_buffer=4096)
        server.streams.publish("job-1", events)
        with trio.move_on_after(PATIENCE):
            await until(lambda: not server.front.subscribers)
            return False
    return True


def _deaf() -> trio.socket.SocketType:
    """A socket for which the kernel takes as little as it can."""
    sock = trio.socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return sock


async def _is_reset(sock: trio.socket.SocketType) -> bool:
    """Whether the other end gives up a connection, in so long."""
    with trio.move_on_after(PATIENCE):
        await until(lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        return True
    return False


def limits(**changes: Any) -> object:
    """Return what stands for the front's limits, changed."""

    def made(settings: Settings) -> FrontLimits:
        return replace(_front_limits(settings), **changes)

    return made


async def _patiently(reader: HeadReader, stream: trio.SocketStream) -> Optional[Head]:
    """Wait for a head, however long it takes."""
    del reader
    parser = HeadParser(1 << 14)
    while True:
        head = parser.feed(await stream.receive_some())
        if head is not None:
            return head


async def _impatient(body: Body) -> bytes:
    """Take whatever comes, however slowly."""
    return await body._next()


async def _wait_for_ever(subscriber: Subscriber) -> None:
    """Wait until more can be sent, however long that takes."""
    await trio.lowlevel.wait_writable(subscriber._stream.socket)
    subscriber._blocked = False


def small(**changes: Any) -> dict[str, object]:
    """Return small limits."""
    return {"app.main._front_limits": limits(**changes)}


def without(name: str) -> Wall:
    """Return a wall of a limit that is none."""
    return Wall({"app.main._front_limits": limits(**{name: math.inf})})


THREATS = (
    Threat(
        "slow head",
        Who.NETWORK,
        "holds connections with heads that come byte by byte",
        "a deadline for the whole head",
        slow_head,
        Wall({"app.front.reading.HeadReader.read": _patiently}),
    ),
    Threat(
        "connection that says nothing",
        Who.NETWORK,
        "holds connections with nothing at all",
        "the same deadline: 10 s from the first moment",
        say_nothing,
        without("head_time"),
        SERVER,
        fresh=True,
        small=small(head_time=SLOW),
    ),
    Threat(
        "connection that says nothing more",
        Who.NETWORK,
        "holds them behind an answer, where others keep them for the next request",
        "15 s to the end of the next head",
        say_no_more,
        without("keep_alive"),
        SERVER,
        fresh=True,
        small=small(keep_alive=SLOW),
    ),
    Threat(
        "slow upload",
        Who.NETWORK,
        "holds uploads that come byte by byte",
        "an upload has to come on, not only to go on",
        slow_body,
        Wall({"app.uploads.body.Body._patiently": _impatient}),
        {"upload_idle_seconds": SLOW},
    ),
    Threat(
        "slow body",
        Who.NETWORK,
        "holds requests that are no uploads with bodies that come byte by byte",
        "60 s for all of such a body",
        slow_json,
        Wall({"app.application.BODY_SECONDS": math.inf}),
        SERVER,
        fresh=True,
        small={"app.application.BODY_SECONDS": SLOW},
    ),
    Threat(
        "answer that nobody reads",
        Who.NETWORK,
        "asks for as much as he likes, and reads none of it",
        "the reader of an answer has to take a byte in 30 s, or is reset",
        leave_answers,
        without("send_stall"),
        SERVER,
        fresh=True,
        small=small(send_stall=SLOW),
    ),
    Threat(
        "stream that nobody reads",
        Who.NETWORK,
        "does so with the events of a job",
        "a subscriber has to take a byte in `subscriber_stall_seconds`, or is let go",
        leave_events,
        Wall({"app.front.subscriber.Subscriber._wait_writable": _wait_for_ever}),
    ),
)
