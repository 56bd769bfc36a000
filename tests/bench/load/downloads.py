"""Downloads: one client, in this process, since bytes cost a client little."""

import hashlib
import socket
import time
from typing import Final, Optional

from tests.bench.load.uploads import content_length

_LONGEST_S: Final = 600
_BUFFER: Final = 1 << 20
_SLOW_BUFFER: Final = 64 * 1024


class Download:
    """A connection on which one file is fetched, whole or in parts.

    Args:
        port: The server's.
        path: The file's.
        slow: Seconds of pause after each 64 KiB.
    """

    def __init__(self, port: int, path: str, *, slow: float = 0.0) -> None:
        self._host, self._path, self._slow = f"127.0.0.1:{port}", path, slow
        self._connection = socket.socket()
        if slow:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_BUFFER)
        self._connection.settimeout(_LONGEST_S)
        self._connection.connect(("127.0.0.1", port))
        self._buffer = memoryview(bytearray(_SLOW_BUFFER if slow else _BUFFER))

    def __enter__(self) -> "Download":
        """Use it."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the connection."""
        self._connection.close()

    def fetch(self, part: Optional[tuple[int, int]] = None, *, hashed: bool = False) -> tuple[int, str]:
        """Fetch the file, or the bytes from the first to the last of a part.

        Returns:
            How many bytes came, and their hash if that is wanted.

        Raises:
            RuntimeError: The answer is none of success, or breaks off.
        """
        wanted = f"Range: bytes={part[0]}-{part[1]}\r\n" if part else ""
        self._connection.sendall(f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\n{wanted}\r\n".encode())
        head, rest = self._head()
        if not head.startswith(b"HTTP/1.1 206 " if part else b"HTTP/1.1 200 "):
            raise RuntimeError(f"A download was answered {head[:200]!r}.")
        found = hashlib.sha256(rest) if hashed else None
        length, got = content_length(head), len(rest)
        while got < length:
            size = self._connection.recv_into(self._buffer)
            if not size:
                raise RuntimeError(f"A download broke off after {got} of {length} bytes.")
            got += size
            if found is not None:
                found.update(self._buffer[:size])
            if self._slow:
                time.sleep(self._slow)  # a reader as slow as was asked for
        return got, found.hexdigest() if found else ""

    def _head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._connection.recv(4096)
            if not more:
                raise RuntimeError("The server closed the connection before it answered.")
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest
