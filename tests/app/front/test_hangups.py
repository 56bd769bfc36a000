"""Who hangs up is noticed at once, whatever their application does, and nobody else is taken for them."""

import os
import select
import socket
from collections.abc import Callable

import pytest
import trio
import trio.testing

from app.asgi import Receive, Scope, Send, answer
from app.front.http.exchange import HANGUP
from app.front.http.hangups import Hangups
from tests.app.front.client import WsClient
from tests.app.front.support import open_server
from tests.waiting import until

pytestmark = pytest.mark.real

GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"


def pair() -> "tuple[trio.SocketStream, socket.socket]":
    """A connection: our end, and the other one."""
    ours, other = socket.socketpair()
    ours.setblocking(False)
    return trio.SocketStream(trio.socket.from_stdlib_socket(ours)), other


class Counter:
    """Counts calls."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        """Count one."""
        self.count += 1


@pytest.mark.parametrize("leave", [lambda other: other.shutdown(socket.SHUT_WR), lambda other: other.close()])
@pytest.mark.parametrize("early", [True, False], ids=["before", "after"])
async def test_a_hangup_is_told_once(leave: "Callable[[socket.socket], None]", early: bool) -> None:
    """Half-closed or closed, before it is watched or after; and bytes are none."""
    hangups, told, still = Hangups(5), Counter(), Counter()
    stream, other = pair()
    others_stream, others_other = pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hangups.run)
        other.sendall(b"bytes that nobody reads")
        if early:
            leave(other)
        with hangups.watched(others_stream, still), hangups.watched(stream, told):
            if not early:
                others_other.sendall(b"more")
                await trio.testing.wait_all_tasks_blocked(0.005)
                assert told.count == 0
                leave(other)
            await until(lambda: told.count)
            await trio.testing.wait_all_tasks_blocked(0.005)
            assert (told.count, still.count) == (1, 0)
        nursery.cancel_scope.cancel()
    for one in (stream.socket, other, others_stream.socket, others_other):
        one.close()


async def test_what_is_not_watched_any_more_is_not_told() -> None:
    """And may be watched again."""
    hangups, first, second = Hangups(5), Counter(), Counter()
    stream, other = pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hangups.run)
        with hangups.watched(stream, first):
            pass
        other.close()
        await trio.testing.wait_all_tasks_blocked(0.005)
        with hangups.watched(stream, second):
            await until(lambda: second.count)
        nursery.cancel_scope.cancel()
    assert first.count == 0
    stream.socket.close()


async def test_a_number_that_is_used_again_is_somebody_elses() -> None:
    """A connection that was closed while it was watched takes neither its successor's news nor its watch."""
    hangups, old, new = Hangups(5), Counter(), Counter()
    stream, other = pair()
    number = stream.socket.fileno()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hangups.run)
        watch = hangups.watched(stream, old)
        watch.__enter__()
        stream.socket.close()
        successor, its_other = pair()
        if successor.socket.fileno() != number:  # the lowest free number may be another
            os.dup2(successor.socket.fileno(), number)
            sock = socket.socket(fileno=number)
            successor.socket.close()
            successor = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
        with hangups.watched(successor, new):
            watch.__exit__(None, None, None)
            other.close()
            await trio.testing.wait_all_tasks_blocked(0.005)
            assert (old.count, new.count) == (0, 0)
            its_other.close()
            await until(lambda: new.count)
        nursery.cancel_scope.cancel()
    assert old.count == 0
    successor.socket.close()


async def test_many_hang_up_at_once() -> None:
    """Each is told."""
    hangups = Hangups(5)
    counters = [Counter() for _ in range(300)]
    pairs = [pair() for _ in counters]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hangups.run)
        watches = [hangups.watched(stream, told) for (stream, _), told in zip(pairs, counters)]
        for watch in watches:
            watch.__enter__()
        for _, other in pairs:
            other.close()
        await until(lambda: all(told.count == 1 for told in counters))
        for watch in watches:
            watch.__exit__(None, None, None)
        nursery.cancel_scope.cancel()
    for stream, _ in pairs:
        stream.socket.close()
    assert not hangups._calls


async def test_nothing_is_left_open_at_the_end() -> None:
    """The kernel's list is closed, and who is still watched then, or only afterwards, does not mind."""
    hangups = Hangups(5)
    stream, other = pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hangups.run)
        with hangups.watched(stream, Counter()):
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await until(lambda: hangups._epoll.closed)
    with hangups.watched(stream, Counter()):
        other.close()
    stream.socket.close()
    assert isinstance(hangups._epoll, select.epoll)


async def test_an_application_is_told_of_its_own_client_only() -> None:
    """By what it asked to be called, which is forgotten with the answer."""
    told: list[str] = []
    may_end = trio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        scope["extensions"][HANGUP](lambda: told.append(path))
        if path == "/2":
            await may_end.wait()
        await answer(send, 200, [(b"content-length", b"2")], b"ok")

    async with open_server(app=app) as server:
        leaving, staying = await server.connect(), await server.connect()
        for stream in (leaving, staying):
            await stream.send_all(GET % 1)
            await stream.receive_some(1000)
            await stream.send_all(GET % 2)
        leaving.socket.close()
        await until(lambda: told)
        await trio.testing.wait_all_tasks_blocked(0.005)
        assert told == ["/2"]
        may_end.set()
        assert (await staying.receive_some(1000)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("half", [True, False], ids=["half-closed", "reset"])
@pytest.mark.parametrize(
    "sent", [b"", GET % 1, (GET % 1)[:9], b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx"]
)
async def test_clients_that_leave_in_each_phase_leave_nothing(sent: bytes, half: bool) -> None:
    """Idle after an answer, within a head, within a body, and while they wait for an answer."""
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/0":
            await answer(send, 200, [(b"content-length", b"2")], b"ok")
            return
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.append(scope["path"])

    async with open_server(app=app, limits={"keep_alive": 60, "upload_stall": 60}) as server:
        stream = await server.connect()
        await stream.send_all(GET % 0)
        await stream.receive_some(1000)
        await stream.send_all(sent)
        await trio.testing.wait_all_tasks_blocked(0.005)
        if half:
            await stream.send_eof()
        else:
            WsClient(stream).reset()
        await until(lambda: not server.front._http._connections)
        assert len(ended) == sent.endswith((b"\n", b"x"))
