"""Waits for a next request: each ends in its time, one that goes on does not, and none is left out."""

import socket

import pytest
import trio
import trio.testing
from trio.socket import SocketType

from app.front.rests import Rests

pytestmark = pytest.mark.real


class Waiter:
    """A connection that waits for bytes, again and again."""

    def __init__(self, rests: Rests) -> None:
        ours, self.other = socket.socketpair()
        ours.setblocking(False)
        self.sock: SocketType = trio.socket.from_stdlib_socket(ours)
        self.rests = rests
        self.ended: list[float] = []

    async def run(self) -> None:
        """Wait until the wait is ended."""
        began = trio.current_time()
        self.rests.begin(self.sock)
        try:
            while self.rests.goes_on(self.sock):
                await trio.lowlevel.wait_readable(self.sock)
                self.sock.recv_into(bytearray(10))
        except trio.ClosedResourceError:
            pass
        finally:
            self.rests.end(self.sock)
        self.ended.append(trio.current_time() - began)

    def close(self) -> None:
        """Close both ends."""
        self.sock.close()
        self.other.close()


async def test_each_wait_ends_in_its_time(autojump_clock: trio.testing.MockClock) -> None:
    """Also of those that begin later, and after nobody waited for a while."""
    rests = Rests(15)
    waiters = [Waiter(rests) for _ in range(3)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rests.run)
        for pause in (0, 4, 40):
            await trio.sleep(pause)  # on a clock that jumps
            async with trio.open_nursery() as waits:
                for waiter in waiters:
                    waits.start_soon(waiter.run)
                    await trio.sleep(2)  # on a clock that jumps
        nursery.cancel_scope.cancel()
    assert [waiter.ended for waiter in waiters] == [[15, 15, 15]] * 3
    for waiter in waiters:
        waiter.close()


async def test_a_new_wait_begins_anew(autojump_clock: trio.testing.MockClock) -> None:
    """Whoever asks again and again is never ended."""
    rests = Rests(15)
    waiter = Waiter(rests)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rests.run)
        for _ in range(10):
            rests.begin(waiter.sock)
            await trio.sleep(10)  # on a clock that jumps
            assert rests.goes_on(waiter.sock)
            rests.end(waiter.sock)
        await waiter.run()
        nursery.cancel_scope.cancel()
    assert waiter.ended == [15]
    waiter.close()


async def test_bytes_at_the_last_moment_buy_no_time(autojump_clock: trio.testing.MockClock) -> None:
    """Its task is about to run when its time is over, so that nothing waits that could be woken."""
    rests = Rests(15)
    waiter = Waiter(rests)
    rests.begin(waiter.sock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rests.run)
        await trio.sleep(15.5)  # on a clock that jumps
        assert not rests.goes_on(waiter.sock)
        nursery.cancel_scope.cancel()
    waiter.close()
