"""The body of an upload: files streamed from disk as multipart/form-data, with flat memory and a known length."""

import mimetypes
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Optional, Union

import httpx
import trio

from client.errors import LocalProblem

CHUNK = 256 * 1024
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Part:
    """One part of the form.

    Attributes:
        field: The form field's name.
        content: The bytes, or the file that has them; a file is opened when its turn comes and not before.
        size: How many bytes.
        filename: The file's name for the server, None for an ordinary field.
        media_type: Of the content; empty for an ordinary field.
    """

    field: str
    content: Union[bytes, Path]
    size: int
    filename: Optional[str] = None
    media_type: str = ""


def file_part(field: str, path: Path) -> Part:
    """Make the part for a file on disk.

    Args:
        field: The form field's name.
        path: The file; only its size is looked at now.

    Returns:
        The part.

    Raises:
        LocalProblem: There is no such file, or it cannot be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise LocalProblem(f"cannot read {path}: {error.strerror}", hint="check the path") from error
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Part(field, path, size, path.name, media_type)


class MultipartBody(httpx.AsyncByteStream):
    """The body's bytes as httpx sends them, once.

    Args:
        parts: In the order in which they are sent.
        on_progress: Called with the bytes handed to the connection so far, and their total.
    """

    def __init__(self, parts: Iterable[Part], on_progress: Optional[OnProgress] = None) -> None:
        self._boundary = f"callboard-{secrets.token_hex(16)}"
        self._parts = tuple(parts)
        self._on_progress = on_progress
        self._pieces = self._all_pieces()
        self._file: Optional[IO[bytes]] = None
        self._path: Optional[Path] = None
        self._left = 0
        self._sent = 0
        self.length = sum(piece.size if isinstance(piece, Part) else len(piece) for piece in self._all_pieces())

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that belong to this body."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self._boundary}",
            "Content-Length": str(self.length),
        }

    def __aiter__(self) -> "MultipartBody":
        """Return the body itself: it is sent once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes, and report them."""
        chunk = await self._next_chunk()
        if chunk is None:
            raise StopAsyncIteration
        self._sent += len(chunk)
        if self._on_progress is not None:
            self._on_progress(self._sent, self.length)
        return chunk

    def close(self) -> None:
        """Close the file that was being sent, if any."""
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _next_chunk(self) -> Optional[bytes]:
        """Return bytes of the current file, or the next piece of the frame around the files."""
        while True:
            if self._file is not None:
                chunk = await self._read_file(self._file)
                if chunk:
                    return chunk
            piece = next(self._pieces, None)
            if piece is None or isinstance(piece, bytes):
                return piece
            if isinstance(piece.content, bytes):
                return piece.content
            await self._open_file(piece.content, piece.size)

    async def _open_file(self, path: Path, size: int) -> None:
        """Open the file whose turn it is."""
        try:
            self._file = await trio.to_thread.run_sync(path.open, "rb")
        except OSError as error:
            raise LocalProblem(f"cannot read {path}: {error.strerror}", hint="check the file's permissions") from error
        self._path = path
        self._left = size

    async def _read_file(self, file: IO[bytes]) -> bytes:
        """Return the next bytes of the current file; empty, and the file closed, at its end.

        The length of the body was promised in its header, so a file that shrank cannot be sent, and of one that grew
        only the promised part is.
        """
        if self._left == 0:
            self.close()
            return b""
        try:
            chunk = await trio.to_thread.run_sync(file.read, min(CHUNK, self._left))
        except OSError as error:
            raise LocalProblem(f"cannot read {self._path}: {error.strerror}", hint="check the disk") from error
        if not chunk:
            raise LocalProblem(f"{self._path} became shorter while it was being sent", hint="upload it again")
        self._left -= len(chunk)
        return chunk

    def _all_pieces(self) -> Iterator[Union[bytes, Part]]:
        """Yield heads, contents and line ends in order."""
        for part in self._parts:
            yield self._head(part)
            yield part
            yield b"\r\n"
        yield f"--{self._boundary}--\r\n".encode("ascii")

    def _head(self, part: Part) -> bytes:
        """Return the boundary and headers before a part."""
        lines = [f"--{self._boundary}", f'Content-Disposition: form-data; name="{_quoted(part.field)}"']
        if part.filename is not None:
            lines[1] += f'; filename="{_quoted(part.filename)}"'
        if part.media_type:
            lines.append(f"Content-Type: {part.media_type}")
        # A name that is not valid Unicode on disk is still sent, with question marks.
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def _quoted(value: str) -> str:
    """Escape a name as browsers do (HTML, "multipart/form-data")."""
    return value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
