"""The least that a download takes: `sendfile`, to one client at a time: `... FOLDER PORT` sends `FOLDER/model.glb`."""

import os
import re
import socket
import sys
from pathlib import Path

_RANGE = re.compile(rb"(?i)\r\nrange: bytes=(\d+)-(\d+)")


def serve(connection: socket.socket, file: Path) -> None:
    """Answer every request of a connection with the file, or the part that is asked for."""
    while head := connection.recv(4096):
        with file.open("rb") as model:
            size = os.fstat(model.fileno()).st_size
            found = _RANGE.search(head)
            first, last = (int(found[1]), int(found[2])) if found else (0, size - 1)
            status = "206 Partial Content" if found else "200 OK"
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {last - first + 1}\r\n\r\n".encode())
            connection.sendfile(model, first, last - first + 1)


def main(folder: str, port: int) -> None:
    """Serve until ended."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                serve(connection, Path(folder) / "model.glb")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
