"""A job's model as a download: what is said of it, and the answer behind Quart."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Final, Optional
from zlib import adler32

import trio
from quart import Response, request
from quart_trio.wrappers.response import TrioFileBody

from actors.runtime.errors import NotFound, StorageFailed
from actors.runtime.threads import in_thread
from app.contracts.ranges import asked_part
from app.problems import Header

GLB: Final = "model/gltf-binary"

CHUNK: Final = 256 * 1024
"""Bytes of one read, where it is read and not sent from the disk's cache."""


@dataclass(frozen=True)
class Model:
    """A model's file, as it is when somebody asks for it.

    Attributes:
        path: Where it is.
        size: Bytes of it.
        modified: Seconds since 1970.
    """

    path: Path
    size: int
    modified: float

    @classmethod
    def of(cls, path: Path, status: os.stat_result) -> "Model":
        """A model by what the disk says of it."""
        return cls(path, status.st_size, status.st_mtime)

    @property
    def tag(self) -> str:
        """Its strong entity tag, without quotes."""
        return f"{self.modified}-{self.size}-{adler32(os.fsencode(self.path))}"

    def headers(self, job_id: str, part: Optional[tuple[int, int]]) -> list[Header]:
        """What an answer with it says.

        Args:
            job_id: Whose it is.
            part: Begin and end of what is sent; None for all of it.
        """
        begin, end = part or (0, self.size)
        headers = [
            (b"content-type", GLB.encode()),
            (b"content-length", b"%d" % (end - begin)),
            (b"content-disposition", f"attachment; filename={job_id}.glb".encode("ascii")),
            (b"last-modified", formatdate(self.modified, usegmt=True).encode("ascii")),
            # It may be behind a token, and it may be removed: nobody may show it without asking.
            (b"cache-control", b"private, no-cache"),
            (b"etag", f'"{self.tag}"'.encode("ascii")),
            (b"accept-ranges", b"bytes"),
        ]
        if part is not None:
            headers.append((b"content-range", b"bytes %d-%d/%d" % (begin, end - 1, self.size)))
        return headers


@contextmanager
def named_trouble() -> Iterator[None]:
    """Name what fails when a model is opened."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(
            "The model is not there any more: it was removed.", hint="Ask for it to be made again."
        ) from None
    except OSError as error:
        raise StorageFailed(
            f"The model cannot be read from the server's disk ({error.strerror}).", hint="Tell the operator."
        ) from error


class _ModelBody(TrioFileBody):
    """A model as a body.

    Args:
        model: What was said of it.
        part: Begin and end of what is sent.
    """

    def __init__(self, model: Model, part: tuple[int, int]) -> None:  # not super's: it asks the disk again
        self.file_path = model.path
        self.buffer_size = CHUNK
        self.size = model.size
        self.begin, self.end = part
        self.file = None
        self._model = model

    async def __aenter__(self) -> "_ModelBody":
        """Open the file.

        Raises:
            NotFound: It was removed at this moment, or another one is in its place.
            StorageFailed: The disk does not work.
        """
        with named_trouble():
            self.file = trio.wrap_file(await in_thread(self._open))
        return self

    def _open(self) -> io.FileIO:
        file = self._model.path.open("rb", buffering=0)
        if Model.of(self._model.path, os.fstat(file.fileno())) != self._model:
            file.close()
            raise FileNotFoundError
        file.seek(self.begin)
        return file


async def send_model(path: Path, job_id: str) -> Response:
    """Answer with a model, or a part of it; takes what the request says of ranges and tags.

    A slow reader is never cut off: the front has a deadline for a reader that stands still.

    Raises:
        RequestedRangeNotSatisfiable: The range begins behind the end; says how long the model is.
        NotFound: The model was removed at this moment.
        StorageFailed: The disk does not work.
    """
    with named_trouble():
        model = Model.of(path, await in_thread(os.stat, path))
    if request.if_none_match.contains_weak(model.tag):
        response = _answer(304, model.headers(job_id, None))
        del response.headers["Content-Length"]
        return response
    part = asked_part(model.size, model.tag)
    response = _answer(200 if part is None else 206, model.headers(job_id, part))
    response.response = _ModelBody(model, part or (0, model.size))
    return response


def _answer(status: int, headers: list[Header]) -> Response:
    response = Response(b"", status=status)
    for name, value in headers:
        response.headers[name.decode("ascii").title()] = value.decode("ascii")
    response.timeout = None
    return response
