"""The unix socket at which a dev server is reached from outside its sandbox."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import trio

from actors.processes.paths import check_name
from actors.runtime.errors import Busy, Conflict, StorageFailed

BACKLOG = 256
"""Connections that wait for the bridge; it takes 128 at once."""


class SocketPlace:
    """A socket's place: its path is short enough for the kernel, however long that of its directory.

    Each process of the dev server gets a listener of its own, which the server itself lets go of: what connects to one
    that died is refused, and does not wait for ever.

    Args:
        directory: Where; made when it is missing, for this user alone.
        name: The file. It must be one that no other directory has: paths through a descriptor may outlive that.
    """

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.path = f"/proc/self/fd/{self._descriptor}/{check_name(name, 'name of a socket')}"
        self.remove()

    def listen(self) -> socket.socket:
        """Return a new listener; one that was there before is not reached any more.

        Raises:
            StorageFailed: It cannot be made.
        """
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.remove()
            listener.bind(self.path)
            # Nobody can connect before it listens.
            Path(self.path).chmod(0o600)
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            hint = "Look at the server's data directory."
            raise StorageFailed(f"a socket for the app cannot be made: {error.strerror}", hint=hint) from None
        except BaseException:
            listener.close()
            raise
        return listener

    async def connect(self) -> trio.SocketStream:
        """Connect to whoever listens.

        Raises:
            Busy: Too many wait already.
            Conflict: Nobody listens.
        """
        await trio.lowlevel.checkpoint()
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.setblocking(False)
        try:
            # Not by trio: it takes a full queue for a connection under way, and gives a socket that leads nowhere.
            stream.connect(self.path)
        except BlockingIOError:
            stream.close()
            raise Busy("too many connections wait for the app", hint="Try again in a moment.") from None
        except OSError as error:
            stream.close()
            raise Conflict(f"the app cannot be reached: {error.strerror}", hint="Start its dev server.") from None
        return trio.SocketStream(trio.socket.from_stdlib_socket(stream))

    def remove(self) -> None:
        """Remove what is there."""
        with suppress(FileNotFoundError):
            Path(self.path).unlink()

    def close(self) -> None:
        """Remove the socket and let go of the directory."""
        if self._descriptor >= 0:
            self.remove()
            os.close(self._descriptor)
            self._descriptor = -1
