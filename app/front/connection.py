"""What all connections have in common: options of their sockets, answers before any server has them, and their end."""

import contextlib
import os
import socket
import struct
from typing import Optional

import trio

from actors.runtime.context import request_id
from app.front.limits import FrontLimits
from app.problems import Problem, title_of
from app.requestid import HEADER as REQUEST_ID
from app.requestid import new_request_id

Address = tuple[str, int]
"""A host and a port, as ASGI tells them."""

_READ = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


def tune(listening: trio.socket.SocketType, limits: FrontLimits) -> None:
    """Set the options of what a socket accepts: a peer that is gone is noticed by the kernel, small frames go at once.

    On Linux, a connection has them from the socket that it came to: set once, they cost none of them anything.
    """
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(limits.peer_gone * 1000))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, int(limits.peer_gone))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


async def receive(stream: trio.SocketStream, most: int) -> bytes:
    """As `stream.receive_some`, which looks for bytes before it waits for some: in vain, where an answer was just sent.

    Args:
        stream: The connection.
        most: Bytes to take at once.

    Raises:
        BrokenResourceError: The connection broke.
        ClosedResourceError: It was closed, or somebody else wants it not to be waited for.
    """
    sock = stream.socket
    while True:
        if sock.fileno() < 0:  # which trio cannot wait for
            raise trio.ClosedResourceError
        await trio.lowlevel.wait_readable(sock)
        try:
            return os.read(sock.fileno(), most)
        except BlockingIOError:
            continue  # it was for nothing, as may happen
        except OSError as error:
            raise trio.BrokenResourceError(str(error)) from error


def abort(stream: trio.SocketStream) -> None:
    """Reset a connection: what the kernel still holds for it is dropped, and whoever waits for it is woken."""
    with contextlib.suppress(OSError):
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    stream.socket.close()


def shut(stream: trio.SocketStream) -> None:
    """Tell the peer that nothing more is coming, without a checkpoint: it happens even in a task being cancelled."""
    with contextlib.suppress(OSError):
        stream.socket.shutdown(socket.SHUT_WR)


async def linger(stream: trio.SocketStream, seconds: float) -> None:
    """Read and drop what the client still sends: closing over unread bytes would take back the answer."""
    with trio.move_on_after(seconds), contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        while await stream.receive_some(_READ):
            pass


async def refuse(stream: trio.SocketStream, problem: Problem, limits: FrontLimits) -> None:
    """Answer with a problem document, and end the connection."""
    body = problem.body
    lines = [f"HTTP/1.1 {problem.status} {title_of(problem.status)}".encode()]
    lines.extend(name + b": " + value for name, value in problem.headers(body))
    lines.append(REQUEST_ID + b": " + (request_id() or new_request_id()).encode("ascii"))
    answer = b"\r\n".join([*lines, b"connection: close", b"", body])
    with trio.move_on_after(limits.linger), contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        await stream.send_all(answer)
    shut(stream)
    await linger(stream, limits.linger)


def limit_send_buffer(stream: trio.SocketStream, limits: FrontLimits) -> None:
    """Bound what the kernel holds for a subscriber; by itself it would go up to some megabytes."""
    with contextlib.suppress(OSError):
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer // 2)  # the kernel doubles it


def addresses_of(stream: trio.SocketStream) -> tuple[Address, Address]:
    """Host and port of the other end, and of this one.

    Raises:
        OSError: The connection is gone.
    """
    there, here = stream.socket.getpeername(), stream.socket.getsockname()
    return (str(there[0]), int(there[1])), (str(here[0]), int(here[1]))


def peer_of(stream: trio.SocketStream) -> Optional[str]:
    """The address at the other end; None when it is gone."""
    with contextlib.suppress(OSError):
        return str(stream.socket.getpeername()[0])
    return None
