"""A stop in each phase of a connection: what was begun is ended, and what was not does not begin."""

import pytest
import trio
import trio.testing

from tests.app.front.client import read_all
from tests.app.front.support import open_server
from tests.waiting import until

pytestmark = pytest.mark.real

GET = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize("sent", [b"", GET[:9]], ids=["idle", "within a head"])
@pytest.mark.parametrize("before", [b"", GET], ids=["first", "later"])
async def test_a_connection_without_a_request_ends_at_once(sent: bytes, before: bytes) -> None:
    """It is not waited for, although it would have time."""
    async with open_server(limits={"grace": 60, "keep_alive": 60, "head_time": 60}) as server:
        stream = await server.connect()
        if before:
            await stream.send_all(before)
            assert (await stream.receive_some(1000)).startswith(b"HTTP/1.1 200 ")
        if sent:
            await stream.send_all(sent)
        await trio.testing.wait_all_tasks_blocked(0.01)
        server.front.stop()
        assert await read_all(stream) == b""
        with trio.fail_after(10):
            await server.done.wait()


@pytest.mark.parametrize("begun", [b"", b"b"], ids=["before it", "within it"])
async def test_a_body_that_still_comes_is_read_and_answered(begun: bytes) -> None:
    """With word that it is the last answer."""
    async with open_server(limits={"grace": 60, "linger": 0.05}) as server:
        stream = await server.connect()
        await stream.send_all(POST + begun)
        await until(lambda: server.front._http._connections)
        await trio.testing.wait_all_tasks_blocked(0.01)
        server.front.stop()
        await stream.send_all(b"body"[len(begun) :] + GET)
        got = await read_all(stream)
        assert got.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in got
        assert got.endswith(b"/x 4")
        with trio.fail_after(10):
            await server.done.wait()


async def test_a_body_that_does_not_come_is_not_waited_for_longer_than_the_grace() -> None:
    """Then the connection is closed."""
    async with open_server(limits={"grace": 0.02, "upload_stall": 60}) as server:
        stream = await server.connect()
        await stream.send_all(POST)
        await until(lambda: server.front._http._connections)
        server.front.stop()
        with trio.fail_after(10):
            await server.done.wait()
        assert await read_all(stream) == b""
