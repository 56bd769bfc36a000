"""Connections that wait to be accepted, taken as many at once as there are.

trio's listener takes one in each turn of the loop, in which those that are open are served as well. Of many that come
together, as after a restart, the last one would wait for as many turns.
"""

import errno
import socket
from collections.abc import Iterator
from typing import Final

import trio

MOST: Final = 64
"""Connections that are taken at once; then those that are open get their turn."""

_OF_ONE_ONLY: Final = frozenset(
    {
        *(errno.ECONNABORTED, errno.ECONNRESET, errno.EPERM, errno.EPROTO, errno.ENETDOWN, errno.ENOPROTOOPT),
        *(errno.EHOSTDOWN, errno.ENONET, errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH, errno.ETIMEDOUT),
    }
)
"""What `accept` says of a connection that broke before it was taken, or that a firewall forbids: see accept(2)."""


class Arrivals:
    """What comes to a listening socket.

    Args:
        listener: Stays its owner's to close, after `close`.
    """

    def __init__(self, listener: trio.SocketListener) -> None:
        self._listener = listener
        # trio's own socket waits a turn for each `accept`, even when there is one; this is another view of the same.
        self._socket = socket.socket(fileno=listener.socket.fileno())

    async def wait(self) -> None:
        """Wait until there are some.

        Raises:
            ClosedResourceError: The listener was closed.
        """
        await trio.lowlevel.wait_readable(self._listener.socket)

    def take(self) -> Iterator[trio.SocketStream]:
        """Accept those that wait, `MOST` at most, one by one: whoever is too many can go before the next one is taken.

        Yields:
            Each of them; none, where all had broken before.

        Raises:
            OSError: None could be accepted; `EMFILE` and the like say that later some may be.
            MemoryError: The same.
        """
        taken = 0
        for _ in range(MOST):
            try:
                stream = _stream(self._socket.accept()[0])
            except BlockingIOError:
                break
            except (OSError, MemoryError) as error:
                if isinstance(error, OSError) and error.errno in _OF_ONE_ONLY:
                    continue
                if not taken:
                    raise
                break  # the error comes again, if it is still true
            taken += 1
            yield stream

    def close(self) -> None:
        """Let go of the listener's socket."""
        self._socket.detach()


def _stream(connection: socket.socket) -> trio.SocketStream:
    connection.setblocking(False)
    return trio.SocketStream(trio.socket.from_stdlib_socket(connection))
