"""Sends a file from the disk's cache to a socket without a copy of ours (sendfile(2)).

What is in memory is sent at once. What is not makes its reader wait for the disk, so a thread does that: a hop to it
and back costs as much as sending some hundred kilobytes.
"""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import trio

from actors.runtime.threads import in_thread
from app.front.http.room import held_ahead

_STEP: Final = 1024 * 1024
"""Bytes that are sent before others get a turn, and looked for in memory by their first and last one."""

_TURN: Final = 16 * 1024 * 1024
"""Bytes that one thread sends at most before others get it."""

_AHEAD: Final = 2 * 1024 * 1024
"""Bytes that the kernel may hold for a client beyond what is on its way: each time it makes room, half of them go."""

_PROBE: Final = [bytearray(1)]


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
        NoThread: The machine had no thread for what is on the disk.
    """
    place, end = offset, offset + count
    await trio.lowlevel.checkpoint_if_cancelled()
    with held_ahead(stream, _AHEAD):
        while place < end:
            if _is_at_hand(number, place, min(end - place, _STEP)):
                sent, full = _send(stream.socket.fileno(), number, place, min(end - place, _STEP))
            else:
                sent, full = await _send_from_disk(stream, number, place, min(end - place, _TURN))
            place += sent
            if full:
                if not await writable():
                    break
            elif not sent:
                break  # the file ends here
            elif place < end:
                await trio.lowlevel.checkpoint()  # a fast reader must not hold up all others
    return place - offset


def _is_at_hand(number: int, offset: int, count: int) -> bool:
    """Whether a part of a file is in memory, judged by its ends; no wherever the file system cannot tell."""
    try:
        return all(os.preadv(number, _PROBE, place, os.RWF_NOWAIT) == 1 for place in (offset, offset + count - 1))
    except OSError:
        return False


async def _send_from_disk(stream: trio.SocketStream, number: int, offset: int, count: int) -> "tuple[int, bool]":
    """As `_send`, in a thread, and so to a second number: the first may be another file's once the socket is closed."""
    to = os.dup(stream.socket.fileno())
    try:
        return await in_thread(partial(_send, to, number, offset, count))
    finally:
        os.close(to)


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
