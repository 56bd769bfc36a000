"""Arrivals: many at once, none lost to an error that is about another one, and none beyond the bound."""

import errno
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing

import pytest
import trio
import trio.testing

from app.front.arrivals import MOST, Arrivals
from app.sockets import open_listeners
from tests.waiting import until

pytestmark = pytest.mark.real


def queued(listener: trio.SocketListener) -> int:
    """How many wait: `tcpi_unacked` of a socket that listens (linux/tcp.h). Its client knows a moment earlier."""
    (number,) = struct.unpack_from("I", listener.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32), 24)
    return int(number)


@asynccontextmanager
async def waiting(count: int) -> AsyncIterator[Arrivals]:
    """A listener at which so many connections wait."""
    [listener] = await open_listeners(["127.0.0.1"], 0)
    async with listener:
        with ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(socket.create_connection(listener.socket.getsockname()))
            await until(lambda: queued(listener) == count)
            yield stack.enter_context(closing(Arrivals(listener)))


async def take_all(arrivals: Arrivals) -> int:
    """Take those that wait, and close them; how many there were."""
    await arrivals.wait()
    taken = 0
    for stream in arrivals.take():
        stream.socket.close()
        taken += 1
    return taken


def failing(monkeypatch: pytest.MonkeyPatch, arrivals: Arrivals, after: int, *errors: int) -> None:
    """Have `accept` fail with these errors after so many connections."""
    real, left, taken = arrivals._socket, list(errors), list[None]()

    class Failing:
        def accept(self) -> tuple[socket.socket, object]:
            if len(taken) >= after and left:
                raise OSError(left.pop(0), "as if")
            taken.append(None)
            return real.accept()

        def detach(self) -> int:
            return real.detach()

    monkeypatch.setattr(arrivals, "_socket", Failing())


async def test_all_that_wait_are_taken_at_once() -> None:
    """In one turn of the loop, in which nobody else runs."""
    async with waiting(5) as arrivals:
        assert await take_all(arrivals) == 5


async def test_more_than_the_bound_take_another_turn() -> None:
    """So that those that are open are served in between."""
    async with waiting(MOST + 1) as arrivals:
        assert await take_all(arrivals) == MOST
        assert await take_all(arrivals) == 1


async def test_one_is_not_taken_before_something_was_done_about_the_one_before() -> None:
    """So that of those that are too many no more than one at a time has a descriptor."""
    async with waiting(3) as arrivals:
        await arrivals.wait()
        for number, stream in enumerate(arrivals.take()):
            assert queued(arrivals._listener) == 2 - number
            stream.socket.close()


async def test_what_broke_before_it_was_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing about the next one."""
    async with waiting(2) as arrivals:
        failing(monkeypatch, arrivals, 1, errno.ECONNABORTED)
        assert await take_all(arrivals) == 2


async def test_those_that_were_taken_are_not_lost_to_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes again, with the next one, and says then that there is no room."""
    async with waiting(2) as arrivals:
        failing(monkeypatch, arrivals, 1, errno.EMFILE, errno.EMFILE)
        assert await take_all(arrivals) == 1
        with pytest.raises(OSError, match="as if") as raised:
            await take_all(arrivals)
        assert raised.value.errno == errno.EMFILE
        assert await take_all(arrivals) == 1


async def test_a_listener_that_is_closed_is_not_waited_for() -> None:
    """Whoever waits is told."""
    async with waiting(0) as arrivals, trio.open_nursery() as nursery:

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await arrivals.wait()

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        arrivals._listener.socket.close()
