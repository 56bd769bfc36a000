"""A job's model as a download."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import trio
from quart import Response, request, send_file
from quart_trio.wrappers.response import TrioFileBody

from actors.runtime.errors import NotFound, StorageFailed
from app.contracts.ranges import asked_part

GLB: Final = "model/gltf-binary"

CHUNK: Final = 256 * 1024
"""Bytes of one read: Quart's own 8 KB, with two thread hops each, cost twenty times the processor time."""


_OPEN_S = 30.0


class _ModelBody(TrioFileBody):
    """A file as a body; a client that leaves while it is being opened does not leave it open."""

    async def __aenter__(self) -> "_ModelBody":
        """Open the file.

        Raises:
            NotFound: It was removed at this moment.
            StorageFailed: The disk does not work.
        """
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _OPEN_S), _named():
            await super().__aenter__()
        return self


async def send_model(path: Path, job_id: str) -> Response:
    """Answer with a model, or a part of it; takes what the request says of ranges and tags.

    A slow reader is never cut off: the front has a deadline for a reader that stands still.

    Raises:
        RequestedRangeNotSatisfiable: The range begins behind the end; says how long the model is.
        NotFound: The model was removed at this moment.
        StorageFailed: The disk does not work.
    """
    with _named():
        return await _send(path, job_id)


@contextmanager
def _named() -> Iterator[None]:
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


async def _send(path: Path, job_id: str) -> Response:
    response = await send_file(path, mimetype=GLB, as_attachment=True, attachment_filename=f"{job_id}.glb")
    response.timeout = None
    response.headers["Accept-Ranges"] = "bytes"
    # It may be behind a token, and it may be removed: nobody may show it without asking.
    response.headers["Cache-Control"] = "private, no-cache"
    tag = response.get_etag()[0]
    if tag is not None and request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
        response.headers.pop("Content-Length", None)
        return response
    body = response.response = _ModelBody(path, buffer_size=CHUNK)
    size = body.size
    part = asked_part(size, tag)
    if part is not None:
        # Quart-Trio's own conditional answers promise more bytes than there are, and fail on ranges from the end.
        body.begin, body.end = part
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{size}"
        response.headers["Content-Length"] = str(part[1] - part[0])
    return response
