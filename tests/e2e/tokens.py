"""Tokens as the tests of a running server use them: made, ended, and followed to the end."""

import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import trio

from app.security import Scope
from app.security.issuing import added, issued, removed
from app.security.tokenfile import FILE, change_tokens
from app.security.tokens import make_secret
from tests.e2e.reader import Reader
from tests.e2e.server import clean_environment


def bearer(secret: str) -> dict[str, str]:
    """The header that has a token."""
    return {"Authorization": f"Bearer {secret}"}


def add(data: Path, name: str, scope: Scope, seconds: Optional[float] = None) -> str:
    """Add a token as the command does, and return it."""
    secret, now = make_secret(), time.time()
    expires = None if seconds is None else now + seconds
    change_tokens(data / FILE, lambda tokens: added(tokens, issued(name, scope, secret, now, expires), now))
    return secret


def expire(data: Path, name: str, seconds: float) -> None:
    """Have a token expire so soon."""
    ends = time.time() + seconds
    change_tokens(
        data / FILE,
        lambda tokens: tuple(replace(one, expires=ends) if one.name == name else one for one in tokens),
    )


def drop(data: Path, name: str) -> None:
    """Remove a token as the command does."""
    change_tokens(data / FILE, lambda tokens: removed(tokens, name))


async def callboard(data: Path, *words: str) -> tuple[int, str, str]:
    """Run the command; its exit code, and what it wrote on standard output and standard error."""
    done = await trio.run_process(
        [sys.executable, "-m", "client", "token", *words, "--data-dir", str(data)],
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=data.parent,
        env=clean_environment(),
    )
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode()


class Follower(Reader):
    """A stream or the board, with a token."""

    def __init__(self, path: str, secret: str) -> None:
        super().__init__(path, headers=(f"Sec-WebSocket-Protocol: callboard, bearer.{secret}",))
        self.messages = 0

    def request(self, port: int, after: Any) -> bytes:
        """The upgrade request."""
        return super().request(port, after).replace(b"/ws/" + self.job.encode(), self.job.encode(), 1)

    def _take(self, payload: bytes) -> None:
        self.messages += 1


async def until_the_end(
    port: int, head: str, secret: str, body: Iterable[bytes] = (), *, answered: Optional[trio.Event] = None
) -> bytes:
    """Send a request, slowly, as long as somebody takes it; all that was answered until the connection ended.

    Args:
        port: Of the server.
        head: The request's first line and its headers, without its host and the token.
        secret: The token.
        body: What follows.
        answered: Set when the first of the answer has come.
    """
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    answer = bytearray()

    async def send() -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await stream.send_all(
                f"{head}\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
            )
            for part in body:
                await stream.send_all(part)
                await trio.sleep(0.01)  # a slow connection

    async with stream, trio.open_nursery() as nursery:
        nursery.start_soon(send)
        with suppress(trio.BrokenResourceError):
            async for part in stream:
                answer += part
                if answered is not None:
                    answered.set()
        nursery.cancel_scope.cancel()
    return bytes(answer)
