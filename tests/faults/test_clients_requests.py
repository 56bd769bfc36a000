"""Requests that are HTTP and mean no good: methods, targets, versions, long heads, and offers of other protocols."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.clients import exchange, head, statuses, unharmed, upgrade

pytestmark = pytest.mark.real

CLOSE = "Connection: close"
LINES: Mapping[str, tuple[str, int]] = {
    "two slashes": ("GET //health HTTP/1.1", 200),
    "two slashes and a host": ("GET //evil.example/health HTTP/1.1", 404),
    "up and away": ("GET /assets/../../../../etc/passwd HTTP/1.1", 404),
    "up and away, encoded": ("GET /assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", 404),
    "up and away, encoded with its slashes": ("GET /assets/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1", 404),
    "up and away, encoded twice": ("GET /assets/%252e%252e%252f%252e%252e%252fetc%252fpasswd HTTP/1.1", 404),
    "up and away, in too many bytes": ("GET /assets/%c0%ae%c0%ae%c0%af%c0%ae%c0%ae%c0%afetc%c0%afpasswd HTTP/1.1", 404),
    "up and away, backwards": ("GET /assets/..\\..\\..\\etc\\passwd HTTP/1.1", 404),
    "up and away from a job": ("GET /jobs/..%2f..%2f..%2fetc%2fpasswd/model HTTP/1.1", 404),
    "up and away from a project": ("GET /api/projects/..%2f..%2fetc/files/passwd HTTP/1.1", 404),
    "up and away from a preview": ("GET /preview/..%2f..%2fetc/passwd HTTP/1.1", 404),
    "up and away from the page's files": ("GET /assets/page/..%2f..%2f..%2fmain.py HTTP/1.1", 404),
    "a NUL": ("GET /assets/%00 HTTP/1.1", 404),
    "a NUL in an id": ("GET /jobs/job-%00 HTTP/1.1", 404),
    "a NUL in an event's address": ("GET /events/job-%00 HTTP/1.1", 404),
    "a raw NUL": ("GET /health\0 HTTP/1.1", 400),
    "a surrogate": ("GET /jobs/%ed%a0%80 HTTP/1.1", 404),
    "broken percents": ("GET /assets/%zz%g% HTTP/1.1", 404),
    "raw letters beyond ASCII": ("GET /\xc3\xa9 HTTP/1.1", 400),
    "a raw carriage return": ("GET /hea\rlth HTTP/1.1", 400),
    "a fragment": ("GET /health#x HTTP/1.1", 404),
    "no slash": ("GET health HTTP/1.1", 400),
    "a question mark alone": ("GET ? HTTP/1.1", 400),
    "another host in the target": ("GET http://evil.example/health HTTP/1.1", 400),
    "a target with a scheme of its own": ("GET file:///etc/passwd HTTP/1.1", 400),
    "a long path": (f"GET /{'a' * 15_000} HTTP/1.1", 404),
    "a path of slashes": (f"GET {'/' * 15_000} HTTP/1.1", 200),
    "a path of percents": (f"GET /jobs/{'%2f' * 5_000} HTTP/1.1", 404),
    "a long query": (f"GET /jobs?{'a=b&' * 3_500} HTTP/1.1", 200),
    "a head that is too long": (f"GET /{'a' * 17_000} HTTP/1.1", 431),
    "TRACE": ("TRACE /health HTTP/1.1", 405),
    "CONNECT to elsewhere": ("CONNECT 127.0.0.1:22 HTTP/1.1", 400),
    "CONNECT to a path": ("CONNECT /health HTTP/1.1", 405),
    "a method in lower case": ("get /health HTTP/1.1", 400),
    "a method in both": ("Delete /jobs/job-x HTTP/1.1", 400),
    "a method that nobody knows": ("BREW /health HTTP/1.1", 405),
    "a long method": (f"{'A' * 5_000} /health HTTP/1.1", 405),
    "a method with a slash": ("GE/T /health HTTP/1.1", 400),
    "two spaces": ("GET  /health HTTP/1.1", 400),
    "tabs": ("GET\t/health\tHTTP/1.1", 400),
    "a space before": (" GET /health HTTP/1.1", 400),
    "an empty line before": ("\r\nGET /health HTTP/1.1", 400),
    "no version": ("GET /health", 400),
    "a version in lower case": ("GET /health http/1.1", 400),
    "a version of one digit": ("GET /health HTTP/1", 400),
    "a version in between": ("GET /health HTTP/1.2", 505),
    "the next version": ("GET /health HTTP/2.0", 505),
    "the next version's beginning": ("PRI * HTTP/2.0", 505),
}
"""First lines, and their statuses."""

HEADERS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "a thousand headers": (tuple(f"X{number}: y" for number in range(1000)), 200),
    "three thousand headers": (tuple(f"X{number}: y" for number in range(3000)), 431),
    "one long header": ((f"X: {'y' * 17_000}",), 431),
    "a header of other letters": (("X: \xff\xfe",), 200),
    "a NUL in a header": (("X: a\0b",), 400),
    "a NUL in a name": (("X\0: y",), 400),
    "an escape in a header": (("X: \x1b[2J",), 200),
    "two hosts that agree": (("Host: 127.0.0.1",), 400),
    "an offer of HTTP/2": (("Upgrade: h2c", "Connection: HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAoAAAA"), 200),
    "an upgrade to something else": (("Upgrade: tls/1.3",), 200),
    "many cookies": ((f"Cookie: {'a=b; ' * 2000}",), 200),
    "many codings": ((f"Accept-Encoding: {'gzip;q=0.1, ' * 1000}",), 200),
    "an odd quality": (("Accept-Encoding: gzip;q=NaN, br;q=1e999",), 200),
    "another token": (("Authorization: Bearer \xff\xfe",), 200),
    "a length of time": (("Keep-Alive: timeout=999999999",), 200),
}  # fmt: skip
"""What a request for `/health` has besides, and its status."""

HOSTS: Mapping[str, int] = {
    "": 400,
    "127.0.0.1, evil.example": 400,
    "evil@127.0.0.1:PORT": 400,
    "127.0.0.1:PORT/x": 400,
    "127.0.0.1:PORT#": 400,
    "127.0.0.1:99999999": 400,
    "[::1": 400,
    "evil.example": 421,
    "127.0.0.1.evil.example": 421,
    "localhost.evil.example:PORT": 421,
    "0x7f.1:PORT": 421,
    "2130706433:PORT": 421,
    "\xff": 400,
}
"""Names that a request for the jobs was sent to, and its status."""


async def test_first_lines(tmp_path: Path) -> None:
    """Each has its status, in the shape of all errors, and nothing of another directory is ever answered."""
    async with unharmed(tmp_path) as server:
        for name, (line, status) in LINES.items():
            answer = await exchange(server.port, head(server.port, line, CLOSE))
            assert statuses(answer) == [status], (name, answer[:500])
            assert b"root:" not in answer, name
            if status >= 400:
                assert b"application/problem+json" in answer, (name, answer[:500])


async def test_headers(tmp_path: Path) -> None:
    """On the first request; what is too much is told, and what is only odd is passed over."""
    async with unharmed(tmp_path) as server:
        for name, (lines, status) in HEADERS.items():
            answer = await exchange(server.port, head(server.port, "GET /health HTTP/1.1", CLOSE, *lines))
            assert statuses(answer) == [status], (name, answer[:500])
            later = head(server.port) + head(server.port, "GET /health HTTP/1.1", CLOSE, *lines)
            assert statuses(await exchange(server.port, later)) == [200, status], f"second: {name}"


async def test_hosts(tmp_path: Path) -> None:
    """A name that is not ours leads nowhere, whatever it resembles; HTTP/1.0 may leave it out and gets as far."""
    async with unharmed(tmp_path) as server:
        for host, status in HOSTS.items():
            named = host.replace("PORT", str(server.port))
            data = f"GET /jobs HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n\r\n".encode("latin-1")
            assert statuses(await exchange(server.port, data)) == [status], host
        assert statuses(await exchange(server.port, b"GET /jobs HTTP/1.0\r\n\r\n")) == [400]


async def test_upgrades_that_are_none(tmp_path: Path) -> None:
    """They are refused, and the connection ends; nothing is left waiting."""
    async with unharmed(tmp_path) as server:
        for path in ("/ws", "/ws/job-x", "/ws/%00", "/ws/..%2f..%2fetc", "/ws/" + "x" * 9000):
            good = upgrade(server.port, path)
            for bad in (
                good.replace(b"Version: 13", b"Version: 99"),
                good.replace(b"HTTP/1.1", b"HTTP/1.0"),
                good.replace(b"Connection: Upgrade", b"Connection: Upgrade\r\nContent-Length: 3") + b"abc",
                good.replace(b"127.0.0.1", b"evil.example"),
                good.replace(b"Connection: Upgrade", b"Connection: Upgrade\r\nOrigin: https://evil.example"),
                good.replace(b"GET", b"POST").replace(b"Connection: Upgrade", b"Connection: Upgrade, close"),
            ):
                found = statuses(await exchange(server.port, bad))
                assert len(found) == 1, (path, bad, found)
                assert 400 <= found[0] < 500, (path, bad, found)
