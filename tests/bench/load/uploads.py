"""Uploads: one client, in this process, since bytes cost a client little."""

import hashlib
import json
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.bench.sides import Side
from tests.e2e.jobs import photo

_BOUNDARY: Final = "----bench"
_BLOCK: Final = bytes(1 << 20)
_LONGEST_S: Final = 600


def parts(size: int, count: int, fields: Sequence[tuple[str, str]] = ()) -> tuple[int, Iterator[bytes]]:
    """A form with so many photos of so many bytes: how long it is, and its bytes, piece by piece.

    A decoder stops at the end of the picture; what follows it only has to be sent and kept.
    """
    texts = "".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ).encode()
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="images"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    end = f"--{_BOUNDARY}--\r\n".encode()
    length = len(texts) + count * (len(head) + size + 2) + len(end)

    def pieces() -> Iterator[bytes]:
        yield texts
        rest = size - len(photo())
        for _ in range(count):
            yield head + photo()
            for start in range(0, rest, len(_BLOCK)):
                yield _BLOCK[: rest - start]
            yield b"\r\n"
        yield end

    return length, pieces()


def form_head(port: int, length: int) -> bytes:
    """The head of the request for an upload."""
    return (
        f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
    ).encode()


def upload(side: Side, size: int, count: int, **fields: object) -> str:
    """Upload so many photos of so many bytes, and return the job's id.

    Raises:
        RuntimeError: It was refused.
    """
    given = [(name, str(value)) for name, value in fields.items()]
    length, pieces = parts(size, count, given if side.ours else ())
    with socket.create_connection(("127.0.0.1", side.port), timeout=_LONGEST_S) as connection:
        connection.sendall(form_head(side.port, length))
        gathered = bytearray()
        for piece in pieces:
            gathered += piece
            if len(gathered) >= len(_BLOCK) // 4:
                connection.sendall(gathered)
                gathered.clear()
        connection.sendall(gathered)
        head, body = answer(connection)
    if b" 202 " not in head[:16]:
        raise RuntimeError(f"{side.name}: an upload was answered {head[:40]!r}: {body[:500]!r}")
    return str(json.loads(body)["id"])


def answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read a short answer: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = content_length(head)
    while len(body) < length:
        body += _some(connection)
    return head, body


def content_length(head: bytes) -> int:
    """The length that a head promises."""
    return next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 16)
    if not data:
        raise RuntimeError("The server closed the connection before its answer was complete.")
    return data


def kept(side: Side, job_id: str) -> list[Path]:
    """The photos of a job, where a side keeps them."""
    folder = side.folder / "jobs" / job_id / "images" if side.ours else side.folder / job_id
    return sorted(folder.iterdir())


def digest(path: Path) -> str:
    """The hash of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def expected_digest(size: int) -> str:
    """The hash of a photo of so many bytes."""
    return hashlib.sha256(photo() + bytes(size - len(photo()))).hexdigest()


def discard(side: Side, job_id: str) -> None:
    """Remove a job with its photos."""
    if not side.ours:
        shutil.rmtree(side.folder / job_id)
        return
    side.call("DELETE", f"/jobs/{job_id}")
    deadline = time.monotonic() + 30
    while (side.folder / "jobs" / job_id).exists() and time.monotonic() < deadline:
        side.call("DELETE", f"/jobs/{job_id}")


def hold_queue(side: Side) -> None:
    """Have Callboard's one place taken by a job that lasts, so that what is uploaded is accepted, and waits."""
    if side.ours:
        await_state(side, upload(side, len(photo()), 1, engine="simulated", speed=60, steps=5), "running")


def await_state(side: Side, job_id: str, state: str) -> None:
    """Wait until a job of Callboard has a state.

    Raises:
        RuntimeError: It has another one for a minute.
    """
    deadline = time.monotonic() + 60
    while (found := side.call("GET", f"/jobs/{job_id}")["state"]) != state:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{job_id} is {found}, and not {state}.")
        time.sleep(0.02)  # between two looks, by a program without an event loop
