"""The first head: what is parsed, what is refused, and who gets the connection."""

from contextlib import suppress
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.front.head import BadHead, Head, HeadParser, wants_stream

UPGRADE = b"Host: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"


def parse(*chunks: bytes, limit: int = 1024) -> Optional[Head]:
    """Feed chunks until there is a head."""
    parser = HeadParser(limit)
    for chunk in chunks:
        head = parser.feed(chunk)
        if head is not None:
            return head
    return None


@pytest.mark.parametrize(
    ("request_line", "headers", "expected"),
    [
        (b"GET /ws/job-1 HTTP/1.1", UPGRADE, True),
        (b"GET /ws/job-1?after=3 HTTP/1.1", UPGRADE, True),
        (b"GET /ws/job-1 HTTP/1.1", b"Host: x\r\nupgrade: WebSocket\r\nconnection: upgrade\r\n", True),
        (b"GET /ws/job-1 HTTP/1.1", b"Host: x\r\n", False),
        (b"GET /ws/job-1 HTTP/1.1", b"Host: x\r\nUpgrade: websocket\r\n", False),
        (b"GET /ws/ HTTP/1.1", UPGRADE, False),
        (b"GET /ws/a/b HTTP/1.1", UPGRADE, False),
        (b"GET /wsx HTTP/1.1", UPGRADE, False),
        (b"POST /ws/job-1 HTTP/1.1", UPGRADE, False),
        (b"GET /ws/job-1 HTTP/1.0", UPGRADE, False),
        (b"GET http://x/ws/job-1 HTTP/1.1", UPGRADE, False),
        (b"GET /health HTTP/1.1", UPGRADE, False),
    ],
)
def test_only_upgrades_to_a_stream_are_streams(request_line: bytes, headers: bytes, expected: bool) -> None:
    """Everything else is the HTTP server's."""
    head = parse(request_line + b"\r\n" + headers + b"\r\n")
    assert head is not None
    assert wants_stream(head) is expected


def test_what_follows_the_head_is_kept_apart() -> None:
    """The first bytes of a body, or of a frame, are not lost."""
    raw = b"POST /upload?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
    head = parse(raw + b"body")
    assert head is not None
    assert (head.raw, head.rest, head.path, head.query, head.has_body()) == (raw, b"body", "/upload", "x=1", True)


@pytest.mark.parametrize("split", range(1, 50))
def test_a_head_may_come_in_pieces(split: int) -> None:
    """However it is cut."""
    raw = b"GET /ws/job-1 HTTP/1.1\r\n" + UPGRADE + b"\r\n"
    head = parse(raw[:split], raw[split:])
    assert head is not None
    assert wants_stream(head)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 1100, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 1100 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
)
def test_what_is_no_head_is_refused(data: bytes, status: int) -> None:
    """With the status that says why."""
    with pytest.raises(BadHead) as caught:
        parse(data)
    assert caught.value.problem.status == status


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8))
def test_no_bytes_do_more_than_be_refused(chunks: list[bytes]) -> None:
    """A head, None or BadHead."""
    with suppress(BadHead):
        parse(*chunks)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_hostile_headers_do_no_more(name: bytes, value: bytes) -> None:
    """A head, None or BadHead."""
    with suppress(BadHead):
        head = parse(b"GET /ws/a HTTP/1.1\r\nHost: x\r\n" + name + b": " + value + b"\r\n\r\n")
        if head is not None:
            wants_stream(head)
