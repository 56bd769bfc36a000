"""A request's body as bytes: however it is cut it is the same one, and what is no body is never taken for one."""

from collections.abc import Sequence

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from app.front.http.bodies import BadBody, Body, ChunkedBody, CutOff, SizedBody

NEXT = b"GET /next HTTP/1.1\r\n"


class Script:
    """A connection whose bytes are known."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = [part for part in parts if part]
        self.size = 0

    async def read(self) -> bytes:
        """The next part; nothing at the end."""
        await trio.lowlevel.checkpoint()
        part = self._parts.pop(0) if self._parts else b""
        self.size += len(part)
        return part


async def collect(body: Body) -> bytes:
    """All of a body."""
    parts = []
    while not body.whole:
        parts.append(await body.read())
        assert parts[-1] or body.whole
    return b"".join(parts)


def chunked(*parts: bytes, limit: int = 100) -> "tuple[bytes, bytes]":
    """Read a body in chunks that comes in these parts, the first one with the head: the body, and what followed it."""
    body = ChunkedBody(parts[0], Script(parts[1:]).read, limit)
    return trio.run(collect, body), body.rest


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"0\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"05\r\nhello\r\n00\r\n\r\n", b"hello"),
        (b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", b"0123456789" * 2),
        (b'5;name=value;other="a;b"\r\nhello\r\n0;x\r\n\r\n', b"hello"),
        (b"5 \r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
        (b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n"),
        (b"0\r\nTrailer: x\r\nEmpty:\r\n\r\n", b""),
    ],
)
def test_chunks_are_read_however_they_are_cut(data: bytes, expected: bytes) -> None:
    """At each place, and what follows them is the next request."""
    for cut in range(len(data + NEXT)):
        whole = data + NEXT
        body, rest = chunked(whole[:cut], whole[cut:])
        assert body == expected
        # What was not read yet is still the connection's.
        assert NEXT.startswith(rest)
    assert chunked(b"", *(bytes([byte]) for byte in data)) == (expected, b"")


@given(st.lists(st.binary(min_size=1, max_size=400), max_size=300), st.integers(1, 5000))
def test_a_body_of_any_chunks_is_what_was_sent(parts: "list[bytes]", cut: int) -> None:
    """Many small ones, too, of which only some are read at once."""
    data = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n" + NEXT
    body, rest = chunked(data[:cut], data[cut:])
    assert body == b"".join(parts)
    assert NEXT.startswith(rest)


@pytest.mark.parametrize(
    "data",
    [
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5_0\r\nhello\r\n0\r\n\r\n",
        b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b"5,5\r\nhello\r\n0\r\n\r\n",
        b"5 5\r\nhello\r\n0\r\n\r\n",
        b";a\r\nhello\r\n0\r\n\r\n",
        b"f" * 17 + b"\r\nhello",
        b"5\nhello\n0\n\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        b"5;a\0\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"0\r\nA: b\n\n" + NEXT,
        b"0\r\nA: b\n\r\n\r\n",
        b"0\r\nA: b\r\n folded\r\n\r\n",
        b"0\r\nno trailer\r\n\r\n",
        b"0\r\nA : b\r\n\r\n",
        b"0\r\n\n",
        b"5;" + b"x" * 100 + b"\r\nhello\r\n0\r\n\r\n",
        b"0\r\n" + b"A: b\r\n" * 30 + b"\r\n",
        b"x" * 103,
    ],
)
def test_what_another_program_may_cut_elsewhere_is_no_body(data: bytes) -> None:
    """Whether it comes at once or a byte at a time; and it is not waited for what cannot mend it."""
    for parts in ([data], [b"", *(bytes([byte]) for byte in data)]):
        with pytest.raises(BadBody):
            chunked(*parts)


def test_a_huge_chunk_is_not_waited_for_in_memory() -> None:
    """What there is of it is given, and the end of the connection is no end of it."""
    script = Script([b"x" * 1000])

    async def read() -> None:
        body = ChunkedBody(b"f" * 16 + b"\r\nabc", script.read, 100)
        assert await body.read() == b"abc"
        assert await body.read() == b"x" * 1000
        assert body.rest == b""
        with pytest.raises(CutOff):
            await body.read()
        assert not body.whole

    trio.run(read)


def test_many_small_chunks_do_not_hold_up_others() -> None:
    """Each read gives others a turn, and takes a bounded number of chunks."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async def read() -> bytes:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            body = ChunkedBody(b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n", Script([]).read, 100)
            whole = await collect(body)
            nursery.cancel_scope.cancel()
        return whole

    assert trio.run(read) == b"x" * 5000
    assert turns >= 30


@given(st.integers(0, 50), st.integers(0, 60))
def test_a_sized_body_ends_where_it_says(size: int, cut: int) -> None:
    """What comes behind it is not of it."""
    data = b"b" * size + NEXT

    async def read() -> None:
        script = Script([data[cut:]])
        body = SizedBody(size, data[:cut], script.read)
        assert await collect(body) == b"b" * size
        assert body.rest == data[size : max(cut, script.size + cut)]

    trio.run(read)


def test_a_body_that_is_cut_off_is_not_whole() -> None:
    """However much of it came."""

    async def read() -> None:
        bodies: list[Body] = [
            SizedBody(10, b"x", Script([b"y" * 8]).read),
            ChunkedBody(b"5\r\nhel", Script([b"lo\r\n0\r\n"]).read, 100),
        ]
        for body in bodies:
            with pytest.raises(CutOff):
                await collect(body)
            assert body.begun
            assert not body.whole

    trio.run(read)


@pytest.mark.parametrize("data", [b"5\r\nhello\r\n0\r\n\r\n", b"1\r\nx\r\n" * 400 + b"0\r\n\r\n"])
def test_a_read_that_is_cancelled_loses_nothing(data: bytes) -> None:
    """It may be asked again."""

    async def read() -> bytes:
        body = ChunkedBody(data[:4], Script([data[4:]]).read, 100)
        with trio.CancelScope() as scope:
            scope.cancel()
            await body.read()
        return await collect(body)

    assert len(trio.run(read)) == (400 if len(data) > 100 else 5)


@given(st.integers(0, 40), st.binary(max_size=60), st.integers(0, 40))
def test_what_is_there_is_read_without_a_wait(size: int, come: bytes, given: int) -> None:
    """And only then is all of it there, also after a part of it was read."""
    script = Script([come[given:]] * 60)
    body = SizedBody(size, come[:given], script.read)
    assert body.there is (len(come[:given]) >= size)
    if body.there:
        assert trio.run(body.read) == come[:size]
        assert (body.whole, script.size) == (True, 0)


def test_chunks_are_there_when_they_were_read() -> None:
    """Before that nobody has looked."""
    body = ChunkedBody(b"1\r\na\r\n0\r\n\r\n", Script([]).read, 100)
    assert not body.there
    assert trio.run(collect, body) == b"a"
    assert body.there
