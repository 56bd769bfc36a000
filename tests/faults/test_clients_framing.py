"""Requests whose ends two programs may see in different places: one meaning, or a refusal, and never a second request.

Each is followed by a request for `/health`. Where both are answered the first one was understood as it was meant; where
it was refused, the connection ends, and what followed is not a request.
"""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from tests.faults.clients import PATIENCE_S, connect, exchange, head, read_all, statuses, try_to_read, unharmed, upgrade

pytestmark = pytest.mark.real

TAKEN = [415, 200]
"""Understood: a body without a type is answered by the application, and then comes the next request."""

REFUSED = [400]
UNKNOWN = [501]
"""Refused, for a coding that is not known."""

CHUNKED = "Transfer-Encoding: chunked"
GOOD = b"2\r\n{}\r\n0\r\n\r\n"

BY_HEADERS: Mapping[str, tuple[tuple[str, ...], bytes, list[int]]] = {
    "a length and chunks": (("Content-Length: 4", CHUNKED), b"0\r\n\r\n", REFUSED),
    "chunks and a length": ((CHUNKED, "Content-Length: 4"), b"0\r\n\r\n", REFUSED),
    "two lengths": (("Content-Length: 2", "Content-Length: 3"), b"{}", REFUSED),
    "the same length twice": (("Content-Length: 2", "Content-Length: 2"), b"{}", TAKEN),
    "a list of lengths": (("Content-Length: 2, 3",), b"{}", REFUSED),
    "a list of the same length": (("Content-Length: 2, 2",), b"{}", TAKEN),
    "a length with a plus": (("Content-Length: +2",), b"{}", REFUSED),
    "a length below zero": (("Content-Length: -2",), b"{}", REFUSED),
    "a length with a space": (("Content-Length: 2 0",), b"{}", REFUSED),
    "a length in hexadecimal": (("Content-Length: 0x2",), b"{}", REFUSED),
    "a length with an underscore": (("Content-Length: 1_0",), b"{}", REFUSED),
    "a length with a point": (("Content-Length: 2.0",), b"{}", REFUSED),
    "no length in the header": (("Content-Length:",), b"{}", REFUSED),
    "a length in other digits": (("Content-Length: \xb2",), b"{}", REFUSED),
    "a length of thirty digits": ((f"Content-Length: {'9' * 30}",), b"{}", REFUSED),
    "a length with a zero before": (("Content-Length: 02",), b"{}", TAKEN),
    "a length between tabs": (("Content-Length:\t2\t",), b"{}", TAKEN),
    "a length after a vertical tab": (("Content-Length: \x0b2",), b"{}", REFUSED),
    "a space before the colon": (("Content-Length : 2",), b"{}", REFUSED),
    "chunks with a space before the colon": (("Transfer-Encoding : chunked",), GOOD, REFUSED),
    "a length in a line that goes on": (("Content-Length:", " 2"), b"{}", REFUSED),
    "chunks in a line that goes on": (("Transfer-Encoding:", " chunked"), GOOD, REFUSED),
    "chunks hidden in a line that goes on": (("X: y", f" {CHUNKED}", "Content-Length: 2"), b"{}", REFUSED),
    "chunks behind a bare line feed": ((f"X: y\n{CHUNKED}", "Content-Length: 2"), b"{}", REFUSED),
    "chunks behind a bare carriage return": ((f"X: y\r{CHUNKED}", "Content-Length: 2"), b"{}", REFUSED),
    "chunks behind a NUL": ((f"X: y\0{CHUNKED}", "Content-Length: 2"), b"{}", REFUSED),
    "chunks in capitals": (("TRANSFER-ENCODING: CHUNKED",), GOOD, TAKEN),
    "chunks twice": ((CHUNKED, CHUNKED), GOOD, UNKNOWN),
    "chunks in quotes": (('Transfer-Encoding: "chunked"',), GOOD, UNKNOWN),
    "chunks after a vertical tab": (("Transfer-Encoding: \x0bchunked",), GOOD, REFUSED),
    "another coding": (("Transfer-Encoding: xchunked",), GOOD, UNKNOWN),
    "identity": (("Transfer-Encoding: identity",), b"{}", UNKNOWN),
    "chunks, then identity": (("Transfer-Encoding: chunked, identity",), GOOD, UNKNOWN),
    "gzip, then chunks": (("Transfer-Encoding: gzip, chunked",), GOOD, UNKNOWN),
    "a header that is only like it": (("Transfer_Encoding: chunked", "Content-Length: 2"), b"{}", TAKEN),
    "a line without a colon": (("nocolon", "Content-Length: 2"), b"{}", REFUSED),
    "a header without a name": ((": x", "Content-Length: 2"), b"{}", REFUSED),
    "two hosts": (("Host: evil.example", "Content-Length: 2"), b"{}", REFUSED),
    "another host in the trailers": ((CHUNKED,), b"2\r\n{}\r\n0\r\nHost: evil.example\r\n\r\n", TAKEN),
    "a length in the trailers": ((CHUNKED,), b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n", TAKEN),
    "no trailer, but a request": ((CHUNKED,), b"2\r\n{}\r\n0\r\nGET /x HTTP/1.1\r\n\r\n", []),
    "a chunk with an extension": ((CHUNKED,), b'2;a="b"\r\n{}\r\n0\r\n\r\n', TAKEN),
    "a line feed in an extension": ((CHUNKED,), b"2;a\nb\r\n{}\r\n0\r\n\r\n", []),
    "a size in C": ((CHUNKED,), b"0x2\r\n{}\r\n0\r\n\r\n", []),
    "a size with a plus": ((CHUNKED,), b"+2\r\n{}\r\n0\r\n\r\n", []),
    "a size below zero": ((CHUNKED,), b"-2\r\n{}\r\n0\r\n\r\n", []),
    "a size of many digits": ((CHUNKED,), b"F" * 21 + b"\r\n{}\r\n0\r\n\r\n", []),
    "no size": ((CHUNKED,), b"\r\n{}\r\n0\r\n\r\n", []),
    "a size before a bare line feed": ((CHUNKED,), b"2\n{}\r\n0\r\n\r\n", []),
    "a chunk that is longer than it says": ((CHUNKED,), b"2\r\n{}XX0\r\n\r\n", []),
    "a chunk before a bare line feed": ((CHUNKED,), b"2\r\n{}\n0\r\n\r\n", []),
    "a space before a size": ((CHUNKED,), b" 2\r\n{}\r\n0\r\n\r\n", []),
}
"""What a POST has besides its host, its body, and the statuses. None: the answer is 400, or what the application said
to the head, or gets lost, since the body is only found wrong when that is on its way; a second one there never is."""

WHOLE: Mapping[str, tuple[tuple[str, ...], bytes, list[int]]] = {
    "chunks in HTTP/1.0": (("POST /api/build HTTP/1.0", "HOST", CHUNKED), GOOD, [400]),
    "both in HTTP/1.0": (("POST /api/build HTTP/1.0", "HOST", "Content-Length: 2", CHUNKED), b"{}", [400]),
    "a bare line feed": (("GET /health HTTP/1.1", "HOST\nX: y"), b"", [400]),
    "a bare line feed in the first line": (("GET /health HTTP/1.1\nX: y", "HOST"), b"", [400]),
    "a body that GET does not have": (("GET /health HTTP/1.1", "HOST", "Content-Length: 5"), b"hello", [200, 200]),
    "chunks that GET does not have": (("GET /health HTTP/1.1", "HOST", CHUNKED), b"0\r\n\r\n", [200, 200]),
    "HEAD with a body": (("HEAD /health HTTP/1.1", "HOST", "Content-Length: 5"), b"hello", [200, 200]),
    "a line that goes on from none": (("GET /health HTTP/1.1", " X: y", "HOST"), b"", [400]),
    "a request in the body of 404": (("POST /nope HTTP/1.1", "HOST", "Content-Length: 5"), b"GET /", [404, 200]),
    "a request in the body of 421": (
        ("POST /jobs HTTP/1.1", "Host: evil.example", "Content-Length: 5"),
        b"GET /",
        [421, 200],
    ),
    "another expectation": (("POST /api/build HTTP/1.1", "HOST", "Expect: cake", "Content-Length: 2"), b"{}", TAKEN),
}
"""The lines of heads, bodies, and statuses."""


def _next(port: int) -> bytes:
    return head(port, "GET /health HTTP/1.1", "Connection: close")


def _check(name: str, expected: list[int], found: list[int]) -> None:
    if expected:
        # An answer that is out before the body has been read is a connection's last one.
        assert found in (expected, expected[:1]), name
    else:
        assert found in ([], [400], [415]), name


async def test_one_meaning_or_a_refusal(tmp_path: Path) -> None:
    """As a connection's first request, and as its second."""
    async with unharmed(tmp_path) as server:
        for name, (headers, body, expected) in BY_HEADERS.items():
            request = head(server.port, "POST /api/build HTTP/1.1", *headers) + body + _next(server.port)
            _check(name, expected, statuses(await exchange(server.port, request)))
            found = statuses(await exchange(server.port, head(server.port) + request))
            assert found[0] == 200, name
            _check(f"second: {name}", expected, found[1:])


async def test_whole_requests(tmp_path: Path) -> None:
    """The same, for what is not a POST with a body."""
    async with unharmed(tmp_path) as server:
        for name, (lines, body, expected) in WHOLE.items():
            text = "\r\n".join([*lines, "", ""]).replace("HOST", f"Host: 127.0.0.1:{server.port}")
            request = text.encode() + body
            found = statuses(await exchange(server.port, request + _next(server.port)))
            _check(name, expected, found)
            found = statuses(await exchange(server.port, head(server.port) + request + _next(server.port)))
            assert found[0] == 200, name
            _check(f"second: {name}", expected, found[1:])


async def test_what_follows_an_upgrade_is_no_request(tmp_path: Path) -> None:
    """Whether it is refused, or accepted, or not for a WebSocket: on the first request and on a later one."""
    async with unharmed(tmp_path) as server:
        for path, before in product(("/ws/job-none", "/ws", "/health", "/preview/none/"), (b"", head(server.port))):
            data = before + upgrade(server.port, path) + _next(server.port) * 2
            found = statuses(await exchange(server.port, data))
            assert len(found) == (2 if before else 1), (path, found)
            assert found[-1] in (101, 400, 404), (path, found)


async def test_a_400_is_whole(tmp_path: Path) -> None:
    """Also when the application has its own answer for the head and the body turns out to be none."""
    async with unharmed(tmp_path) as server:
        for _ in range(20):
            request = head(server.port, "POST /api/build HTTP/1.1", CHUNKED) + b"x\r\n"
            answer = await exchange(server.port, request)
            first, _, body = answer.partition(b"\r\n\r\n")
            if b" 400 " in first:
                length = next(line for line in first.split(b"\r\n") if line.lower().startswith(b"content-length"))
                assert int(length.partition(b":")[2]) == len(body) > 0


async def test_who_expects_to_be_told_to_go_on_is_told(tmp_path: Path) -> None:
    """And who is refused by the head alone gets that answer."""
    async with unharmed(tmp_path) as server, await connect(server.port) as stream:
        wanted = ("Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue", "Connection: close")
        await stream.send_all(head(server.port, "POST /api/build HTTP/1.1", *wanted))
        assert (await try_to_read(stream, PATIENCE_S) or b"").startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"{}")
        assert statuses(await read_all(stream)) == [422]
        unwanted = ("Content-Type: text/plain", *wanted[1:])
        assert statuses(await exchange(server.port, head(server.port, "POST /api/build HTTP/1.1", *unwanted))) == [415]
