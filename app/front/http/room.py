"""Room for more in a connection's send buffer: how much the kernel takes ahead of a client, and who never makes any.

trio has the kernel hold 16 KiB that it could not send yet (TCP_NOTSENT_LOWAT, tcp(7)), so that what is sent is fresh. A
file is never stale, and a reader who is slower than the disk would have us woken for every few packets.
"""

import fcntl
import socket
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import trio

_MARK: Final = (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
_COUNT: Final = struct.Struct("i")


@contextmanager
def held_ahead(stream: trio.SocketStream, count: int) -> Iterator[None]:
    """Let the kernel hold more for a client meanwhile; it says that there is room when half of that is gone.

    Args:
        stream: To whom; what is no TCP connection stays as it is.
        count: Bytes that may wait to be sent. Of a file they are pages of the disk's cache, and not copies.
    """
    before = 0
    with suppress(OSError):
        before = stream.socket.getsockopt(*_MARK)
        stream.socket.setsockopt(*_MARK, count)
    try:
        yield
    finally:
        with suppress(OSError):  # it is gone, and so is its buffer
            stream.socket.setsockopt(*_MARK, before)


async def wait_for_room(stream: trio.SocketStream, stall: float) -> bool:
    """Wait until a client can be sent more; one that takes a little at a time is waited for, however slow it is.

    Args:
        stream: The connection, which is open.
        stall: Seconds in which it must take a byte.

    Returns:
        False when it took none.

    Raises:
        ClosedResourceError: The connection was closed meanwhile.
    """
    held = _held(stream)
    while True:
        with trio.move_on_after(stall):
            await trio.lowlevel.wait_writable(stream.socket)
            return True
        before, held = held, _held(stream)
        if held == before:  # nobody else sends, so it never grows
            return False


def _held(stream: trio.SocketStream) -> int:
    """Bytes that were sent and that the other end has not acknowledged (SIOCOUTQ, tcp(7))."""
    return int(_COUNT.unpack(fcntl.ioctl(stream.socket.fileno(), termios.TIOCOUTQ, bytes(_COUNT.size)))[0])
