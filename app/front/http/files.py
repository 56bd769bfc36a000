"""Sends a file from the disk's cache to a socket without a copy of ours (sendfile(2)).

What is in memory is sent at once. What is not makes its reader wait for the disk, so a thread does that: a hop to it
and back costs as much as sending some hundred kilobytes.
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import trio

_STEP: Final = 1024 * 1024
"""Bytes that are sent at once, and looked for in memory by their first and last one."""

_TURN: Final = 16 * 1024 * 1024
"""Bytes that one thread sends at most before others get it."""


async def send_file(
    stream: trio.SocketStream, number: int, offset: int, count: int, writable: Callable[[], Awaitable[bool]]
) -> int:
    """Send a part of a file.

    Args:
        stream: To whom.
        number: Of the open file.
        offset: Where the part begins, in bytes.
        count: Its bytes.
        writable: Waits until the client can take more; False when it never will.

    Returns:
        How many bytes were sent; fewer when the file is shorter, or the client took no more.

    Raises:
        OSError: The connection, or the file, is broken.
    """
    left = count
    with _doubled(stream) as to:
        while left:
            begin = offset + count - left
            if _is_at_hand(number, begin, min(left, _STEP)):
                await trio.lowlevel.checkpoint()  # a fast reader must not hold up all others
                sent, full = _send(to, number, begin, min(left, _STEP))
            else:
                sent, full = await trio.to_thread.run_sync(partial(_send, to, number, begin, min(left, _TURN)))
            left -= sent
            if full:
                if not await writable():
                    break
            elif not sent:
                break  # the file ends here
    return count - left


def _is_at_hand(number: int, offset: int, count: int) -> bool:
    """Whether a part of a file is in memory, judged by its ends; no wherever the file system cannot tell."""
    try:
        return all(
            os.preadv(number, [bytearray(1)], place, os.RWF_NOWAIT) == 1 for place in (offset, offset + count - 1)
        )
    except OSError:
        return False


@contextmanager
def _doubled(stream: trio.SocketStream) -> Iterator[int]:
    """A socket's second number, for a thread: its first may be another file's as soon as the socket is closed."""
    number = os.dup(stream.socket.fileno())
    try:
        yield number
    finally:
        os.close(number)


def _send(to: int, number: int, offset: int, count: int) -> "tuple[int, bool]":
    """Send until the client has enough for now. How many bytes, and whether that was why it ended."""
    sent = 0
    while sent < count:
        try:
            more = os.sendfile(to, number, offset + sent, count - sent)
        except BlockingIOError:
            return sent, True
        if not more:
            break
        sent += more
    return sent, False
