"""The listener: its guard, its bounds and its end; and the sockets that it is given."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
import trio

import app.sockets
from actors.runtime.topic import TailLimits
from app.front.arrivals import Arrivals
from app.front.limits import DEFAULT_LIMITS
from app.front.listener import serve_front
from app.sockets import LOOPBACK, CannotListen, open_listeners
from tests.app.front.client import exchange, read_all
from tests.app.front.support import open_server

pytestmark = pytest.mark.real

GET = b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_the_lag_is_within_what_a_topic_keeps() -> None:
    """Or each one that lags would read the journal."""
    assert DEFAULT_LIMITS.lag <= TailLimits().size
    assert DEFAULT_LIMITS.streams < DEFAULT_LIMITS.connections


async def test_a_slow_head_is_answered_408() -> None:
    """And a connection that says nothing is closed."""
    async with open_server(limits={"head_time": 0.1}) as server:
        assert (await exchange(await server.connect(), b"GET / HT")).startswith(b"HTTP/1.1 408 ")
        assert await exchange(await server.connect(), b"") == b""


async def test_a_head_that_is_too_big_is_answered_431() -> None:
    """As a problem document."""
    async with open_server(limits={"head_size": 500}) as server:
        answer = await exchange(await server.connect(), b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 600)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert b"application/problem+json" in answer


async def test_one_connection_too_many_is_answered_503() -> None:
    """At once, and the next one is served when there is room."""
    async with open_server(limits={"connections": 2}) as server:
        held = [await server.connect(), await server.connect()]
        refused = await server.connect()
        assert (await read_all(refused)).startswith(b"HTTP/1.1 503 ")
        held[0].socket.close()
        for _ in range(100):
            if (await exchange(await server.connect(), GET)).startswith(b"HTTP/1.1 200 "):
                break
        else:
            pytest.fail("there was no room")


async def test_beyond_those_that_are_being_refused_connections_are_reset() -> None:
    """A flood of connections costs no more than that."""
    async with open_server(limits={"connections": 1, "refusals": 1}) as server:
        held, refused = await server.connect(), await server.connect()
        with suppress(OSError):
            assert await read_all(await server.connect()) == b""
        assert (await read_all(refused)).startswith(b"HTTP/1.1 503 ")
        del held


async def test_whatever_fails_in_a_connection_ends_that_one(caplog: pytest.LogCaptureFixture) -> None:
    """An error, a group of them, and what a client does to itself."""
    failures: list[Exception] = [ValueError("a bug"), OSError("gone"), trio.BrokenResourceError()]
    [listener] = await open_listeners(["127.0.0.1"], 0)

    async def handle(stream: trio.SocketStream) -> None:
        await stream.receive_some(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail, failures.pop())
            await trio.sleep_forever()

    async def fail(error: Exception) -> None:
        await trio.lowlevel.checkpoint()
        raise error

    async with trio.open_nursery() as nursery:
        await nursery.start(serve_front, [listener], handle)
        for _ in range(3):
            stream = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
            async with stream:
                await stream.send_all(b"x")
                assert await read_all(stream) == b""
        nursery.cancel_scope.cancel()
    assert [record.levelname for record in caplog.records if record.name == "app.front.listener"] == ["ERROR"]


async def test_too_many_open_files_are_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The listener does not end."""
    [listener] = await open_listeners(["127.0.0.1"], 0)
    take, left = Arrivals.take, [errno.EMFILE, errno.ENFILE]

    def starved(arrivals: Arrivals) -> Iterator[trio.SocketStream]:
        if left:
            raise OSError(left.pop(), "Too many open files")
        return take(arrivals)

    monkeypatch.setattr(Arrivals, "take", starved)

    async def handle(stream: trio.SocketStream) -> None:
        await stream.send_all(b"hi")

    async with trio.open_nursery() as nursery:
        await nursery.start(serve_front, [listener], handle)
        stream = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        async with stream:
            assert await read_all(stream) == b"hi"
        nursery.cancel_scope.cancel()


async def test_the_sockets_notice_a_peer_that_is_gone() -> None:
    """Options that only the kernel can act on."""
    async with open_server() as server:
        await server.follow()
        [subscriber] = [one for channel in server.channels for one in channel.members]
        sock = subscriber._stream.socket
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_both_loopback_addresses_have_the_same_port() -> None:
    """Some clients try the one first and some the other."""
    listeners = await open_listeners(LOOPBACK, 0)
    ports = {listener.socket.getsockname()[1] for listener in listeners}
    for listener in listeners:
        await listener.aclose()
    assert len(ports) == 1
    assert listeners[0].socket.family == socket.AF_INET


async def test_where_there_is_no_ipv6_the_other_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many containers have none."""
    real = app.sockets._open

    def without_ipv6(address: app.sockets._Address, port: int) -> socket.socket:
        if address.family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(address, port)

    with monkeypatch.context() as patch:
        patch.setattr("app.sockets._open", without_ipv6)
        [listener] = await open_listeners(LOOPBACK, 0)
        with pytest.raises(CannotListen):
            await open_listeners(["::1"], 0)
    await listener.aclose()


async def test_a_port_that_is_taken_is_named() -> None:
    """With what to do, and without leaving the other address open."""
    [taken] = await open_listeners(["127.0.0.1"], 0)
    port = taken.socket.getsockname()[1]
    with pytest.raises(CannotListen, match=f"127.0.0.1:{port}: Address already in use") as caught:
        await open_listeners(("::1", "127.0.0.1"), port)
    assert "ss -ltnp" in caught.value.hint
    await taken.aclose()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_an_address_of_another_machine_is_refused(host: str) -> None:
    """With what to do."""
    with pytest.raises(CannotListen) as caught:
        await open_listeners([host], 0)
    assert "127.0.0.1" in caught.value.hint
