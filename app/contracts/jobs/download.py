"""A job's model as a download."""

from pathlib import Path
from typing import Final

import trio
from quart import Response, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

GLB: Final = "model/gltf-binary"

CHUNK: Final = 256 * 1024
"""Bytes of one read: Quart's own 8 KB, with two thread hops each, cost twenty times the processor time."""


async def send_model(path: Path, job_id: str) -> Response:
    """Answer with a model, or a part of it; takes what the request says of ranges and tags.

    A slow reader is never cut off: the front has a deadline for a reader that stands still.
    """
    try:
        response = await send_file(
            path, mimetype=GLB, as_attachment=True, attachment_filename=f"{job_id}.glb", conditional=True
        )
    except RequestedRangeNotSatisfiable as error:
        # With the size, so that a client knows what it may ask for.
        raise RequestedRangeNotSatisfiable((await trio.Path(path).stat()).st_size) from error
    response.response.buffer_size = CHUNK  # type: ignore[attr-defined]  # of Quart's file body
    response.timeout = None
    # It may be behind a token, and it may be removed: nobody may show it without asking.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
