"""One file of a project as an answer.

Programs that nobody trusts wrote it, and it is answered from the origin that the API and its pages are on. A page that
ran here could do all that the person who opened it may. So nothing is sent as what a browser runs, or shows by running
something: all that is text, be it HTML, SVG, scripts or styles, is `text/plain`; pictures, sound and fonts are what
they are; the rest is bytes to be saved. `nosniff` keeps browsers, and `<script src>`, from knowing better, and a policy
that allows nothing, in a sandbox that is an origin of its own, stands behind it. The type that a file has as part of
the app is in the list of files, and the app itself is looked at on its preview's own origin.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Optional
from urllib.parse import quote

import trio
from quart import Response, request
from quart.wrappers.response import ResponseBody
from werkzeug.http import unquote_etag

from actors.projects.files.project import CHUNK
from actors.projects.files.reading import read
from actors.runtime.errors import Conflict, StorageFailed
from app.contracts.ranges import asked_part

POLICY: Final = "sandbox; default-src 'none'"
"""For whatever a project wrote."""

PLAIN: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"

_HARMLESS: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/x-icon", "model/gltf-binary"}
)
_HARMLESS_KINDS: Final = ("audio/", "video/", "font/")


@dataclass(frozen=True)
class _Looked:
    """A file, as it was when it was looked at.

    Attributes:
        size: Bytes.
        media_type: What it is.
        etag: As it is sent.
        content: All of it, if it is small.
    """

    size: int
    media_type: str
    etag: str
    content: Optional[bytes]


def safe_type(media_type: str) -> str:
    """What a file of a media type is sent as.

    Args:
        media_type: As `actors.projects.files.mediatypes` has it: with a charset if its content is text.
    """
    kind = media_type.partition(";")[0]
    if kind in _HARMLESS or kind.startswith(_HARMLESS_KINDS):
        return kind
    return PLAIN if media_type.endswith("charset=utf-8") else BYTES


async def send_content(root: Path, path: str, limiter: trio.CapacityLimiter) -> Response:
    """Answer with a file of a project, or a part of it.

    Args:
        root: The app's directory.
        path: From there, as it was asked for.
        limiter: For threads.

    Raises:
        InvalidInput: The path is not acceptable, leads out, or to no file.
        NotFound: There is no such file.
        Conflict: It is another one, or was written to, by the time its first bytes are read.
        RequestedRangeNotSatisfiable: The range begins behind the end; says how long the file is.
        StorageFailed: The disk does not let it be read.
    """
    looked = await trio.to_thread.run_sync(_look, root, path, limiter=limiter)
    tag, weak = unquote_etag(looked.etag)
    if request.if_none_match.contains_weak(tag):
        return Response(b"", status=304, headers=_headers(path, looked))
    part = asked_part(looked.size, None if weak else tag)
    begin, end = part or (0, looked.size)
    response = Response(b"", status=206 if part else 200, headers=_headers(path, looked))
    response.timeout = None
    if request.method != "HEAD":
        if looked.content is not None:
            response.set_data(looked.content[begin:end])
        else:
            response.response = _LargeFile(root, path, looked.etag, (begin, end), limiter)
    response.headers["Content-Length"] = str(end - begin)
    if part:
        response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{looked.size}"
    return response


def disposition(kind: str, name: str) -> str:
    """The header for a file to be saved, or shown, under a name: for all clients, and for those that know RFC 6266.

    Args:
        kind: `attachment` or `inline`.
        name: Whatever it is called.
    """
    plain = "".join(one if (one.isascii() and one.isalnum()) or one in "-_. " else "_" for one in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _look(root: Path, path: str) -> _Looked:
    with _reading(path), read(root, path) as opened:
        small = not opened.etag.startswith("W/")
        content = opened.stream.read() if small else None
        return _Looked(opened.size, safe_type(opened.media_type), opened.etag, content)


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """Say in words that the disk does not let a file be read."""
    try:
        yield
    except OSError as error:
        problem = f"The file {path!a} could not be read from the server's disk ({error.strerror or error})."
        raise StorageFailed(problem, hint="Try again; if it stays, tell the operator.") from error


def _headers(path: str, looked: _Looked) -> dict[str, str]:
    kind = "attachment" if looked.media_type == BYTES else "inline"
    return {
        "Content-Type": looked.media_type,
        "Content-Disposition": disposition(kind, path.rpartition("/")[2]),
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "ETag": looked.etag,
        "Accept-Ranges": "bytes",
        # It may be behind a token, and it may change: nobody may show it without asking.
        "Cache-Control": "private, no-cache",
    }


class _LargeFile(ResponseBody):
    """A file as a body, opened when it is sent: what is never sent leaves nothing open.

    Args:
        root: The app's directory.
        path: From there.
        etag: What it has to be still.
        part: Where to begin and to end.
        limiter: For threads.
    """

    def __init__(self, root: Path, path: str, etag: str, part: tuple[int, int], limiter: trio.CapacityLimiter) -> None:
        self._root = root
        self._path = path
        self._etag = etag
        self._begin, end = part
        self._left = end - self._begin
        self._limiter = limiter
        self._file: Optional[BinaryIO] = None

    async def __aenter__(self) -> "_LargeFile":
        """Open the file."""
        with _reading(self._path):
            await trio.to_thread.run_sync(self._open, limiter=self._limiter)
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Close it."""
        if self._file is not None:
            self._file.close()

    def __aiter__(self) -> "_LargeFile":
        """Iterate over chunks."""
        return self

    async def __anext__(self) -> bytes:
        """Read the next chunk; of a file that has become shorter there are fewer bytes than were promised."""
        if self._file is None or not self._left:
            raise StopAsyncIteration
        with _reading(self._path):
            chunk = await trio.to_thread.run_sync(self._file.read, min(CHUNK, self._left), limiter=self._limiter)
        if not chunk:
            raise StopAsyncIteration
        self._left -= len(chunk)
        return chunk

    def _open(self) -> None:
        opened = read(self._root, self._path)
        if opened.etag != self._etag:
            opened.close()
            # Nothing of the answer was sent: its head goes with its first bytes.
            raise Conflict(f"The file {self._path!a} changed while it was read.", hint="Ask for it again.")
        opened.stream.seek(self._begin)
        self._file = opened.stream
