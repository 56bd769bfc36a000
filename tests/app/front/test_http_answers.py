"""Answers as bytes: whatever an application says, a client knows where they end, or that something is missing."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import pytest
import trio

from app.asgi import App, Message, Receive, Scope, Send
from app.problems import Header
from tests.app.front.client import drain, exchange, read_all
from tests.app.front.support import open_server
from tests.waiting import until

pytestmark = pytest.mark.real

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
LARGE = 8 * 1024 * 1024


def start(*headers: Header, status: int = 200) -> Message:
    """The head of an answer."""
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def part(body: bytes, *, more: bool = False) -> Message:
    """A part of its body."""
    return {"type": "http.response.body", "body": body, "more_body": more}


def length(size: int) -> Header:
    """What an answer says of its length."""
    return (b"content-length", b"%d" % size)


def says(*messages: Message) -> App:
    """An application that says this, and no more."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        for message in messages:
            await send(dict(message))

    return app


async def answer_to(request: bytes, *messages: Message) -> "tuple[bytes, bytes]":
    """What a client gets, and then the connection ends: the head, and what came after it."""
    async with open_server(app=says(*messages)) as server:
        head, _, body = (await exchange(await server.connect(), request)).partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    ("messages", "expected", "wire"),
    [
        ((start(), part(b"whole")), b"content-length: 5", b"whole"),
        ((start(), part(b"")), b"content-length: 0", b""),
        ((start(), part(b"a", more=True), part(b"b")), b"transfer-encoding: chunked", b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"),
        ((start(), part(b"", more=True), part(b"")), b"transfer-encoding: chunked", b"0\r\n\r\n"),
        ((start(length(2)), part(b"a", more=True), part(b"b")), b"content-length: 2", b"ab"),
    ],
)
async def test_the_end_of_an_answer_is_told(messages: Sequence[Message], expected: bytes, wire: bytes) -> None:
    """By its length, or by chunks; and to an old client by the end of the connection, which then has no other."""
    head, body = await answer_to(CLOSING, *messages)
    assert head.count(expected) == 1
    assert head.count(b"content-length") + head.count(b"transfer-encoding") == 1
    assert body == wire

    head, body = await answer_to(OLD, *messages)
    assert b"transfer-encoding" not in head
    assert b"\r\nconnection: close" in head
    assert body == b"".join(message.get("body", b"") for message in messages)


@pytest.mark.parametrize(
    ("request_", "status"), [(CLOSING.replace(b"GET", b"HEAD"), 200), (CLOSING, 204), (CLOSING, 304)]
)
@pytest.mark.parametrize("headers", [(), (length(4),)], ids=["no length", "a length"])
async def test_an_answer_without_a_body_has_none(request_: bytes, status: int, headers: "tuple[Header, ...]") -> None:
    """Whatever the application sends."""
    for messages in ((part(b"body"),), (part(b"bo", more=True), part(b"dy"))):
        head, body = await answer_to(request_, start(*headers, status=status), *messages)
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"chunked" not in head
        assert body == b""


@pytest.mark.parametrize(
    "messages",
    [
        (start((b"a", b"b\r\nset-cookie: evil")), part(b"")),
        (start((b"a", b"b\nc")), part(b"")),
        (start((b"a", b"b\rc")), part(b"")),
        (start((b"a", b"b\0")), part(b"")),
        (start((b"a: b\r\nc", b"d")), part(b"")),
        (start((b"a b", b"c")), part(b"")),
        (start((b"", b"c")), part(b"")),
        (start(length(1), length(2)), part(b"x")),
        (start((b"content-length", b"-1")), part(b"")),
        (start((b"content-length", b"+1")), part(b"x")),
        (start((b"content-length", b"")), part(b"")),
        (start(length(2)), part(b"longer")),
        (start(status=100), part(b"")),
        (start(status=101), part(b"")),
        (start(status=1000), part(b"")),
        (part(b"body"),),
        (start(), start(), part(b"")),
        (start(), {"type": "http.response.trailers"}),
        (start(),),
        (),
    ],
)
async def test_what_cannot_be_sent_is_a_bug_that_is_answered_500(messages: Sequence[Message]) -> None:
    """And nothing of it is sent."""
    head, body = await answer_to(GET, *messages)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"evil" not in head
    assert b"\r\nconnection: close" in head
    assert b"without an answer" in body


@pytest.mark.parametrize(
    "messages",
    [
        (start(length(9)), part(b"short")),
        (start(length(9)), part(b"sh", more=True), part(b"ort")),
        (start(length(9)), part(b"short", more=True)),
        (start(length(9)), part(b"short", more=True), part(b"and too long")),
        (start(length(9)), part(b"short", more=True), start(status=500)),
    ],
)
async def test_an_answer_that_is_not_whole_ends_the_connection(messages: Sequence[Message]) -> None:
    """The client sees that something is missing, and gets nothing else in its place."""
    _, body = await answer_to(GET + GET, *messages)
    assert body == b"short"


async def test_chunks_that_do_not_end_are_not_ended() -> None:
    """By an application that ends early or fails; no old client takes such an answer for whole, either."""

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(part(b"half", more=True))
        raise ValueError("a bug")

    for app in (says(start(), part(b"half", more=True)), fails):
        async with open_server(app=app) as server:
            got = await exchange(await server.connect(), GET)
            assert got.endswith(b"\r\n\r\n4\r\nhalf\r\n")
            stream = await server.connect()
            await stream.send_all(OLD)
            with pytest.raises(trio.BrokenResourceError):
                await drain(stream)


async def test_what_the_server_says_itself_is_said_once() -> None:
    """Its date, its framing, and whether it closes."""
    own = ((b"connection", b"keep-alive"), (b"transfer-encoding", b"gzip"), (b"date", b"never"))
    async with open_server(app=says(start(*own), part(b"body"))) as server:
        got = await exchange(await server.connect(), GET + CLOSING)
        assert got.count(b"HTTP/1.1 200 ") == got.count(b"\r\ndate: ") == got.count(b"\r\ncontent-length: 4") == 2
        assert got.count(b"connection:") == 1
        assert b"gzip" not in got
        assert b"never" not in got
    head, _ = await answer_to(GET, start((b"connection", b"close")), part(b"body"))
    assert head.count(b"connection: close") == 1


async def test_what_is_said_after_the_end_is_dropped() -> None:
    """It does not reach the next answer."""
    messages = (start(), part(b"body"), part(b"evil"), start(), part(b"evil"))
    async with open_server(app=says(*messages)) as server:
        got = await exchange(await server.connect(), GET + CLOSING)
        assert got.count(b"HTTP/1.1 200 ") == 2
        assert b"evil" not in got


Sending = Callable[[Send, "list[str]"], Awaitable[None]]


async def _cut_short(send: Send, notes: "list[str]") -> None:
    """Send more than the client takes, for as long as one look, and end in the best of forms."""
    with trio.move_on_after(0.05) as looking:
        await send(part(b"x" * LARGE, more=True))
    notes.append("cancelled" if looking.cancelled_caught else "sent")
    await send(part(b""))


@pytest.mark.parametrize("headers", [(), (length(LARGE),)], ids=["chunks", "a length"])
@pytest.mark.parametrize("request_", [GET, OLD], ids=["1.1", "1.0"])
async def test_half_an_answer_breaks_the_connection(request_: bytes, headers: "tuple[Header, ...]") -> None:
    """An application that gives up its own send, and goes on, does not put the next thing behind the half."""
    notes: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(*headers))
        await _cut_short(send, notes)

    async with open_server(app=app) as server:
        stream = await server.connect(receive_buffer=4096)
        await stream.send_all(request_ + GET)
        await until(lambda: notes)
        assert notes == ["cancelled"]
        await until(lambda: not server.front._http._connections)
        with pytest.raises(trio.BrokenResourceError):
            await drain(stream)


async def test_an_application_that_never_answers_ends_with_the_server(caplog: pytest.LogCaptureFixture) -> None:
    """After the grace; the connection of a client that leaves stays until then, as the application is not asked."""

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        await trio.sleep_forever()

    caplog.set_level(logging.ERROR)
    async with open_server(app=never, limits={"grace": 0.05}) as server:
        stream = await server.connect()
        await stream.send_all(GET)
        await until(lambda: server.front._http._connections)
        server.front.stop()
        await server.done.wait()
        assert await read_all(stream) == b""
    assert not caplog.records


@pytest.mark.parametrize("body", [b"x" * 100, b"x" * LARGE], ids=["a small part", "a large part"])
async def test_a_client_that_resets_while_it_is_answered_is_gone(body: bytes) -> None:
    """What is sent to it is dropped, and the application is told when it asks."""
    told: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(start())
        async with trio.open_nursery() as nursery:

            async def listen() -> None:
                told.append((await receive())["type"])
                nursery.cancel_scope.cancel()

            nursery.start_soon(listen)
            while True:
                await send(part(body, more=True))

    async with open_server(app=app) as server:
        stream = await server.connect(receive_buffer=4096)
        await stream.send_all(GET)
        assert await stream.receive_some(10)
        stream.socket.close()
        await until(lambda: not server.front._http._connections)
    assert told == ["http.disconnect"]
