"""Handshakes of WebSockets that are refused: each with a reason in words, in the shape of all errors, and at an end."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.clients import exchange, head, unharmed

pytestmark = pytest.mark.real

VERSION = "Sec-WebSocket-Version: 13"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade")
GOOD = (*UPGRADE, VERSION, KEY)

PATHS = ("/ws", "/ws/job-x")
"""Of the board, which is behind the HTTP server, and of a stream, which is before it when it comes first."""

REFUSED: Mapping[str, tuple[tuple[str, ...], str, int]] = {
    "the next version": ((*UPGRADE, KEY, "Sec-WebSocket-Version: 99"), "HTTP/1.1", 426),
    "no version": ((*UPGRADE, KEY), "HTTP/1.1", 400),
    "no key": ((*UPGRADE, VERSION), "HTTP/1.1", 400),
    "HTTP/1.0": (GOOD, "HTTP/1.0", 400),
    "a subprotocol that is not ASCII": ((*GOOD, "Sec-WebSocket-Protocol: \xff"), "HTTP/1.1", 400),
    "an extension that is not ASCII": ((*GOOD, "Sec-WebSocket-Extensions: \xff"), "HTTP/1.1", 400),
    "a connection that is not ASCII": ((UPGRADE[0], "Connection: Upgrade, \xff", VERSION, KEY), "HTTP/1.1", 400),
    "another upgrade too": ((*GOOD, "Upgrade: h2c"), "HTTP/1.1", 400),
    "a body": ((*GOOD, "Content-Length: 3"), "HTTP/1.1", 400),
    "a page of another origin": ((*GOOD, "Origin: https://evil.example"), "HTTP/1.1", 403),
}  # fmt: skip
"""By what is wrong: the headers, the version of HTTP, and the status on any path."""

ELSEWHERE: Mapping[str, int] = {
    "/nothing": 404,
    "/ws/": 404,
    "/ws/a/b": 404,
    "/ws/job-x": 404,
    "/%ff%fe": 404,
    "/preview/nothing/x": 404,
    "/health": 400,
    "/api/build": 405,
}
"""Paths that no good handshake opens, and the status."""


def _check(name: str, answer: bytes, status: int) -> None:
    """See that the last answer on a connection is a problem that says that it is the last."""
    first, _, body = answer[answer.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    lines = first.lower().split(b"\r\n")
    assert int(lines[0].split()[1]) == status, (name, answer)
    assert b"content-type: application/problem+json" in lines, (name, answer)
    assert lines.count(b"connection: close") == 1, (name, answer)
    assert b"x-content-type-options: nosniff" in lines, (name, answer)
    assert (b"sec-websocket-version: 13" in lines) == (status == 426), (name, answer)
    problem = json.loads(body)
    assert problem["status"] == status, (name, answer)
    assert problem["detail"], (name, answer)
    assert problem["hint"], (name, answer)


@pytest.mark.parametrize("path", PATHS)
async def test_handshakes_that_are_none(tmp_path: Path, path: str) -> None:
    """On the first request of a connection and on a later one."""
    async with unharmed(tmp_path) as server:
        for name, (headers, version, status) in REFUSED.items():
            data = head(server.port, f"GET {path} {version}", *headers)
            _check(name, await exchange(server.port, data), status)
            _check(f"second: {name}", await exchange(server.port, head(server.port) + data), status)


async def test_handshakes_for_what_is_no_websocket(tmp_path: Path) -> None:
    """They are well-formed, and nothing is there, or something else."""
    async with unharmed(tmp_path) as server:
        for path, status in ELSEWHERE.items():
            data = head(server.port, f"GET {path} HTTP/1.1", *GOOD)
            _check(path, await exchange(server.port, data), status)
            _check(f"second: {path}", await exchange(server.port, head(server.port) + data), status)
