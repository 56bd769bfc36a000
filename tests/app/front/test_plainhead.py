"""Heads that are read in one look: which ones, that h11 reads them in the same way, and who gets the others."""

import random
from typing import Optional
from unittest.mock import patch

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.front.head import BadHead, Head, HeadParser
from app.front.plainhead import read_plain
from tests.fuzz.targets.front import plain

LIMIT = 1 << 14
PLAIN = b"GET /health?x=1 HTTP/1.1\r\nHost: a:1\r\nAccept:*/*\r\nX: \t v w \t\r\n\r\n"

_PARTS = (
    b"GET|POST|get| |/|/x?y|*|http://a/| HTTP/1.1| HTTP/1.0|\r\n|\n|\r|Host: a|host:b|Content-Length: 3|Content-Length:"
    b"|Transfer-Encoding: chunked|X|:| folded|\t|\x00|\x7f|\xe9|\x0b|abc|Expect: 100-continue|Connection: close"
)
PARTS = st.sampled_from(_PARTS.split(b"|"))


def test_what_is_read() -> None:
    """Names in lower case, values without the blanks around them, and where it ends."""
    found = read_plain(PLAIN + b"rest")
    assert found is not None
    assert (found.method, found.target, found.end) == ("GET", "/health?x=1", len(PLAIN))
    assert found.headers == ((b"host", b"a:1"), (b"accept", b"*/*"), (b"x", b"v w"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"GET ", b"get "),
        (b"GET ", b"GET  "),
        (b"/health", b"http://a/"),
        (b"/health", b"*"),
        (b"/health", b"/\xe9"),
        (b"Host", b"Hos"),
        (b"Accept:", b"Host:"),
        (b"Accept:", b"X:"),
        (b"Accept:", b"Accept :"),
        (b"Accept:", b" Accept:"),
        (b"Accept:*/*", b"Transfer-Encoding: chunked"),
        (b"Accept:*/*", b"Content-Length: 1, 1"),
        (b"Accept:*/*", b"Content-Length: +1"),
        (b"Accept:*/*", b"Content-Length:"),
        (b"Accept:*/*", b"Content-Length: " + b"1" * 19),
        (b"Accept:*/*", b"Accept:\x00"),
        (b"Accept:*/*", b"Accept:\x7f"),
        (b"Accept:*/*\r", b"Accept:*/*"),
        (b"v w", b"v\rw"),
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\n\n"),
    ],
)
def test_what_is_left_to_h11(old: bytes, new: bytes) -> None:
    """What is unusual, what may be read in two ways, and what is not whole."""
    assert old in PLAIN
    assert read_plain(PLAIN.replace(old, new)) is None


@given(st.lists(PARTS, max_size=24).map(b"".join))
@example(PLAIN)
def test_h11_takes_it_and_reads_the_same(data: bytes) -> None:
    """Whatever it is."""
    plain(data)
    plain(b"GET / HTTP/1.1\r\nHost: a\r\n" + data + b"\r\n\r\n")


def test_one_byte_more_or_less_makes_no_difference_to_the_answer() -> None:
    """Each head near a plain one ends in the same way as without the quick look."""
    chance = random.Random(7)
    for _ in range(2000):
        data = bytearray(PLAIN)
        where = chance.randrange(len(data))
        data[where : where + chance.randrange(2)] = bytes([chance.choice(b"\0\t\n\r :;,/\x7f\x80\xffGa1")])
        quick = outcome(bytes(data))
        with patch("app.front.head.read_plain", return_value=None):
            assert outcome(bytes(data)) == quick, bytes(data)


def outcome(data: bytes) -> "Optional[Head | int]":
    """The head, the status of a refusal, or None while it is not whole."""
    try:
        return HeadParser(LIMIT).feed(data)
    except BadHead as error:
        return error.problem.status


def test_a_head_at_its_limit_and_over_it() -> None:
    """The quick look goes by the same limit."""
    assert HeadParser(len(PLAIN)).feed(PLAIN) is not None
    with pytest.raises(BadHead) as caught:
        HeadParser(len(PLAIN) - 1).feed(PLAIN)
    assert caught.value.problem.status == 431


def test_h11_is_not_asked_about_a_plain_one() -> None:
    """That is the point of it."""
    with patch.object(h11, "Connection", side_effect=AssertionError):
        assert HeadParser(LIMIT).feed(PLAIN) is not None
