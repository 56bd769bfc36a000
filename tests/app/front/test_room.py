"""Room in a send buffer: how much the kernel takes ahead of a client, and who is waited for."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import trio

from app.front.http.room import held_ahead, wait_for_room

pytestmark = pytest.mark.real

MARK = (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
AHEAD = 1024 * 1024
FRESH = 16 * 1024
"""What trio has the kernel hold by itself."""


@asynccontextmanager
async def pair() -> AsyncIterator["tuple[trio.SocketStream, trio.SocketStream]"]:
    """A connection over TCP: our end, and that of a client with a small buffer."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    sock = trio.socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await sock.connect(listener.socket.getsockname())
    ours, client = await listener.accept(), trio.SocketStream(sock)
    await listener.aclose()
    async with ours, client:
        yield ours, client


def fill(stream: trio.SocketStream) -> int:
    """Send until the kernel takes no more; how many bytes it took."""
    sent = 0
    block = bytes(64 * 1024)
    with suppress(BlockingIOError):
        while True:
            sent += os.write(stream.socket.fileno(), block)
    return sent


async def test_the_kernel_holds_more_only_meanwhile() -> None:
    """What comes after a file is as fresh as before, on the same connection."""
    async with pair() as (ours, _):
        with held_ahead(ours, AHEAD):
            assert ours.socket.getsockopt(*MARK) == AHEAD
            assert fill(ours) > FRESH + 64 * 1024
        assert ours.socket.getsockopt(*MARK) == FRESH


async def test_what_is_no_tcp_connection_stays_as_it_is() -> None:
    """Nor does one mind that is closed meanwhile."""
    one, other = socket.socketpair()
    with other:
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(one))
        with held_ahead(stream, AHEAD):
            await stream.aclose()


async def test_there_is_room_at_once_where_nothing_waits() -> None:
    """However short the time."""
    async with pair() as (ours, _):
        with trio.fail_after(5):
            assert await wait_for_room(ours, 60)


async def test_who_takes_a_little_at_a_time_is_waited_for() -> None:
    """Until half of what the kernel holds is gone, which takes far longer than a client may stand still."""
    async with pair() as (ours, client), trio.open_nursery() as nursery:
        with held_ahead(ours, AHEAD):
            fill(ours)
            looks = 0

            async def trickle() -> None:
                nonlocal looks
                while True:
                    await client.receive_some(4096)
                    looks += 1
                    await trio.sleep(0.005)  # a client as slow as this is about

            nursery.start_soon(trickle)
            with trio.fail_after(30):
                assert await wait_for_room(ours, 0.2)
            assert looks * 0.005 > 0.2
            nursery.cancel_scope.cancel()


async def test_who_takes_nothing_is_not() -> None:
    """There is no room, and there will be none."""
    async with pair() as (ours, _):
        fill(ours)
        with trio.fail_after(5):
            assert not await wait_for_room(ours, 0.05)


async def test_one_that_is_closed_meanwhile_is_told() -> None:
    """As trio has it."""
    async with pair() as (ours, _), trio.open_nursery() as nursery:
        fill(ours)
        nursery.start_soon(ours.aclose)
        with pytest.raises(trio.ClosedResourceError):
            await wait_for_room(ours, 60)
