"""Requests that follow each other in one connection: each is answered once, and no body is ever taken for a request."""

import pytest
import trio
import trio.testing

from app.asgi import Receive, Scope, Send, answer
from tests.app.front.client import exchange, read_all
from tests.app.front.support import hello, open_server

pytestmark = pytest.mark.real

GET = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /post HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
EVIL = b"GET /evil HTTP/1.1\r\nHost: x\r\n\r\n"


class Deaf:
    """Answers each request without reading its body."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one."""
        del receive
        self.paths.append(scope["path"])
        await answer(send, 200, [(b"content-length", b"2")], b"ok")


@pytest.mark.parametrize(
    "first",
    [
        GET % b"first",
        POST + b"Content-Length: 4\r\n\r\nbody",
        CHUNKED + b"4;x\r\nbody\r\n0\r\nA: b\r\n\r\n",
        CHUNKED + b"0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "a byte at a time"])
async def test_what_follows_a_request_is_the_next_one(first: bytes, at_once: bool) -> None:
    """To the byte."""
    async with open_server() as server:
        stream = await server.connect()
        data = first + EVIL + CLOSING
        for part in [data] if at_once else [bytes([byte]) for byte in data]:
            await stream.send_all(part)
        got = await read_all(stream)
        assert got.count(b"HTTP/1.1 200 ") == 3
        assert got.index(b"/evil 0") < got.index(b"/last 0")


@pytest.mark.parametrize(
    "first",
    [
        POST + b"Content-Length: %d\r\n\r\n" % len(EVIL),
        POST + b"Content-Length: %d\r\n\r\nsome" % (len(EVIL) + 4),
        CHUNKED,
        CHUNKED + b"%x\r\n" % len(EVIL),
    ],
)
async def test_a_body_that_was_not_read_is_not_the_next_request(first: bytes) -> None:
    """The answer says that it is the last one, and it is."""
    app = Deaf()
    async with open_server(app=app) as server:
        got = await exchange(await server.connect(), first + EVIL + EVIL)
        assert got.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in got
        assert app.paths == ["/post"]


@pytest.mark.parametrize(
    "body",
    [b"-4\r\n", b"0x4\r\n", b"+4\r\n", b" 4\r\n", b"4\nbody\n", b"4\r\nbodyXX", b"g\r\n", b"0\r\nA: b\n\n", b"\r\n"],
)
async def test_chunks_that_are_none_are_refused_in_words(body: bytes) -> None:
    """Whatever follows them is not read, and does not take the answer back."""
    async with open_server() as server:
        got = await exchange(await server.connect(), CHUNKED + body + EVIL * 20_000)
        assert got.count(b"HTTP/1.1 ") == 1
        assert got.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in got
        assert b"\r\nconnection: close\r\n" in got


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: 4, 5\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -4\r\n",
        b"Content-Length: 0x4\r\n",
        b"Content-Length: 4_0\r\n",
        b"Content-Length:\r\n",
        b"Content-Length : 4\r\n",
        b"Content-Length: " + b"9" * 30 + b"\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"A: b\n\r\n",
        b"A: b\r\n Content-Length: 4\r\n",
        b"A: b\rContent-Length: 4\r\n",
        b"A: b\0\r\n",
    ],
)
@pytest.mark.parametrize("before", [b"", GET % b"first"], ids=["first", "later"])
async def test_framing_that_may_be_read_otherwise_is_refused(lines: bytes, before: bytes) -> None:
    """As a connection's first request and as a later one; no request is read after it."""
    async with open_server() as server:
        got = await exchange(await server.connect(), before + POST + lines + b"\r\n4\r\nbody\r\n0\r\n\r\n" + EVIL)
        assert got.count(b"HTTP/1.1 ") == (2 if before else 1)
        assert got.count(b"HTTP/1.1 200 ") == (1 if before else 0)
        assert b"/evil" not in got


async def test_what_is_allowed_to_wait_is_only_asked_for_when_it_is_read() -> None:
    """Expect: 100-continue (RFC 9110, section 10.1.1), once, and not for a body that is there or is nothing."""
    expecting = b"Expect: 100-continue\r\n"
    async with open_server() as server:
        stream = await server.connect()
        await stream.send_all(POST + expecting + b"Content-Length: 4\r\n\r\n")
        assert await stream.receive_some(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        got = await exchange(stream, b"body" + CLOSING)
        assert got.count(b"HTTP/1.1 ") == got.count(b"HTTP/1.1 200 ") == 2

        for there in (
            POST + expecting + b"Content-Length: 4\r\n\r\nb",
            CHUNKED.replace(b"Transfer", expecting + b"Transfer") + b"4\r\nb",
        ):
            stream = await server.connect()
            await stream.send_all(there)
            got = await exchange(stream, b"ody" + (b"" if b"Length" in there else b"\r\n0\r\n\r\n") + CLOSING)
            assert b" 100 " not in got
            assert b"/post 4" in got
        nothing = POST + expecting + b"Content-Length: 0\r\n\r\n"
        assert b" 100 " not in await exchange(await server.connect(), nothing + CLOSING)
        old = nothing.replace(b"1.1", b"1.0").replace(b": 0", b": 4") + b"body"
        assert b" 100 " not in await exchange(await server.connect(), old)


async def test_what_was_answered_is_not_asked_for() -> None:
    """An application may begin its answer, and read then."""

    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, 200, [(b"content-length", b"2")], b"o", more=True)
        await receive()
        await send({"type": "http.response.body", "body": b"k", "more_body": False})

    async with open_server(app=early) as server:
        head = POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        stream = await server.connect()
        await stream.send_all(head)
        first = await stream.receive_some(1000)
        assert first.startswith(b"HTTP/1.1 200 ")
        assert b"100 Continue" not in first + await exchange(stream, b"body" + EVIL)


async def test_who_sends_many_requests_at_once_does_not_hold_up_others() -> None:
    """Another one is answered in between."""
    answered: list[str] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        answered.append(scope["path"])
        await hello(scope, receive, send)

    async with open_server(app=noting) as server:
        greedy = await server.connect()
        await greedy.send_all(EVIL * 500 + CLOSING)
        other = await server.connect()
        assert b"/other" in await exchange(other, CLOSING.replace(b"last", b"other"))
        assert len(await read_all(greedy)) > 500 * 100
        assert answered.index("/other") < len(answered) - 1
        assert len(answered) == 502


async def test_a_stop_between_two_requests_ends_the_connection() -> None:
    """The one that is being answered is answered, and says that it is the last; what waits behind it is not begun."""
    may_end = trio.Event()
    paths: list[str] = []

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        paths.append(scope["path"])
        await may_end.wait()
        await hello(scope, receive, send)

    async with open_server(app=waits, limits={"linger": 0.05}) as server:
        stream = await server.connect()
        await stream.send_all(GET % b"one" + GET % b"two")
        while not paths:
            await trio.testing.wait_all_tasks_blocked(0.001)
        server.front.stop()
        await trio.testing.wait_all_tasks_blocked(0.01)
        may_end.set()
        got = await read_all(stream)
        assert got.count(b"HTTP/1.1 200 ") == 1
        assert b"\r\nconnection: close\r\n" in got
        assert paths == ["/one"]
        await server.done.wait()
