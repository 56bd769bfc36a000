"""Whether a dev server answers HTTP."""

import re
from collections.abc import Awaitable, Callable
from typing import Optional

import trio

from actors.runtime.errors import CallboardError

FIRST_PAUSE = 0.02
LAST_PAUSE = 0.25
SLOWER = 1.05
ANSWER_SECONDS = 20.0
REST_SECONDS = 0.2
REST_BYTES = 2**18
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")

Connect = Callable[[], Awaitable[trio.SocketStream]]


async def until_it_answers(connect: Connect, host: str, path: str) -> int:
    """Ask until there is an answer of whatever kind, and return its status.

    Args:
        connect: Makes a connection.
        host: What it is asked as.
        path: What it is asked for.
    """
    pause = FIRST_PAUSE
    while True:
        with trio.move_on_after(ANSWER_SECONDS):
            status = await ask(connect, host, path)
            if status is not None:
                return status
        await trio.sleep(pause)
        pause = min(pause * SLOWER, LAST_PAUSE)


async def ask(connect: Connect, host: str, path: str) -> Optional[int]:
    """Ask for a page as a browser would, and return the answer's status; None when there is no answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html,*/*;q=0.8\r\nConnection: close\r\n\r\n"
    try:
        async with await connect() as stream:
            await stream.send_all(request.encode())
            status = await _status(stream)
            if status is not None:
                await _rest(stream)
            return status
    except (CallboardError, trio.BrokenResourceError):
        return None


async def _status(stream: trio.SocketStream) -> Optional[int]:
    """Read the first line's beginning."""
    head = b""
    while len(head) < len(b"HTTP/1.1 200 "):
        chunk = bytes(await stream.receive_some(4096))
        if not chunk:
            break
        head += chunk
    match = _STATUS.match(head)
    return int(match.group(1)) if match else None


async def _rest(stream: trio.SocketStream) -> None:
    """Take the answer's rest, as far as it is short: some servers do not bear a reader who goes away."""
    room = REST_BYTES
    with trio.move_on_after(REST_SECONDS):
        while room > 0:
            chunk = await stream.receive_some(65536)
            if not chunk:
                break
            room -= len(chunk)
