"""Heads that come again on a connection: read as if they were the first, and what was found out about one is kept."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.asgi import Message, Receive, Scope, Send, answer
from app.front.head import BadHead, Head, HeadParser
from app.security import Caller, caller_of_scope
from tests.app.front.support import open_server

LIMIT = 1 << 14
FIRST = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"

_PARTS = (
    b"POST|GET| /a| /b| HTTP/1.1| HTTP/1.0|\r\n|\r\n\r\n|\n|Host: x|Host: y|Content-Length: 2|Content-Length: 3|:| |ab"
)
PARTS = st.lists(st.sampled_from(_PARTS.split(b"|")), max_size=12).map(b"".join)


def parse(data: bytes, last: Optional[Head] = None) -> Optional[Head]:
    """Read the head that some bytes begin with."""
    return HeadParser(LIMIT, last).feed(data)


def first() -> Head:
    """The head that came before."""
    head = parse(FIRST + b"ab")
    assert head is not None
    return head


def test_the_same_head_shares_what_was_found_out() -> None:
    """Its body is its own."""
    last = first()
    again = parse(FIRST + b"cd", last)
    assert again == Head(last.method, last.target, last.version, last.headers, FIRST, b"cd")
    assert again is not None
    assert again.memo is last.memo


@pytest.mark.parametrize(
    "other",
    [
        FIRST.replace(b"/a", b"/b"),
        FIRST.replace(b": x", b": y"),
        FIRST.replace(b": 2", b": 3"),
        FIRST[:-2] + b"X-Forwarded-For: 1.2.3.4\r\n\r\n",
    ],
)
def test_any_other_head_shares_nothing(other: bytes) -> None:
    """However little is different."""
    last = first()
    head = parse(other, last)
    assert head is not None
    assert head.memo is not last.memo
    assert head == parse(other)


@given(st.one_of(PARTS, PARTS.map(FIRST.__add__), st.integers(0, len(FIRST)).map(lambda end: FIRST[:end])))
def test_it_is_read_as_if_it_were_the_first(data: bytes) -> None:
    """The same head, the same error, or none yet, whatever came before."""
    read: list[object] = []
    for last in (None, first()):
        try:
            read.append(parse(data, last) if data else None)
        except BadHead as error:
            read.append(error.problem)
    assert read[0] == read[1]


@given(st.lists(st.integers(1, len(FIRST)), max_size=3))
def test_it_may_come_in_pieces(cuts: Sequence[int]) -> None:
    """However it is cut."""
    parser, data = HeadParser(LIMIT, first()), FIRST + b"ab"
    ends = sorted({*cuts, len(data)})
    head = None
    with suppress(StopIteration):
        pieces = iter([data[begin:end] for begin, end in zip([0, *ends], ends)])
        while head is None:
            head = parser.feed(next(pieces))
    assert head is not None
    assert (head.raw, head.headers, data.startswith(head.raw + head.rest)) == (FIRST, first().headers, True)


async def test_who_asks_is_found_out_for_each_head_that_is_another() -> None:
    """Behind a proxy many people share a connection; the second of two who send the same is not looked at again."""
    callers: list[Caller] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = await receive()
        callers.append(caller_of_scope(scope))
        await answer(send, 200, [(b"content-length", b"%d" % len(message["body"]))], message["body"])

    def ask(who: bytes, body: bytes) -> bytes:
        return b"POST /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %b\r\nContent-Length: 2\r\n\r\n%b" % (who, body)

    asked = [(b"1.1.1.1", b"ab"), (b"1.1.1.1", b"cd"), (b"2.2.2.2", b"ef"), (b"1.1.1.1", b"gh")]
    async with open_server(app=app) as server:
        stream = await server.connect()
        for who, body in asked:
            await stream.send_all(ask(who, body))
            got = b""
            while not got.endswith(b"\r\n\r\n" + body):
                got += await stream.receive_some()
    assert [caller.forwarded_for for caller in callers] == [who.decode() for who, _ in asked]
    assert callers[0] is callers[1]
    assert callers[3] is not callers[0]
