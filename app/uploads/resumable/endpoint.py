"""`PUT /uploads/{id}/files/{number}`, as a bare ASGI endpoint like `POST /upload`: one photo, straight to disk."""

import logging
import re
from typing import Final
from urllib.parse import parse_qs

from actors.runtime.errors import CallboardError, UnsupportedBody
from app.asgi import Receive, Scope, Send, answer
from app.errors import problem_of
from app.problems import Problem
from app.uploads.body import Body, ClientGone
from app.uploads.endpoint import PHOTO_PATH, answer_json, refuse
from app.uploads.form import shown
from app.uploads.head import declared_size, read_head
from app.uploads.places import Places
from app.uploads.resumable.layout import Photo
from app.uploads.resumable.service import OpenUploads
from app.uploads.resumable.upload import check_number

logger = logging.getLogger(__name__)

_METHODS: Final = "OPTIONS, PUT"


class PhotoEndpoint:
    """Takes single photos of open uploads.

    Args:
        uploads: The open uploads.
        places: For what arrives at once.
    """

    def __init__(self, uploads: OpenUploads, places: Places) -> None:
        self._uploads = uploads
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await answer(send, 204, [(b"allow", _METHODS.encode())])
            return
        body = Body(receive, self._uploads.limits, self._places.arrived)
        if scope["method"] != "PUT":
            problem = f"'{shown(scope['path'])}' does not take {scope['method']}."
            await refuse(send, body, Problem(405, problem, "It takes PUT.", extra=(("allow", _METHODS),)))
            return
        try:
            photo = await self._take(scope, body)
        except ClientGone:
            logger.info("a photo ended after %d bytes: the client left", body.size)
        except CallboardError as error:
            logger.info("a photo was refused after %d bytes: %s", body.size, error.problem)
            await refuse(send, body, problem_of(error))
        else:
            await answer_json(send, 200, photo.as_json())

    async def _take(self, scope: Scope, body: Body) -> Photo:
        """Take one photo, or say why not."""
        found = PHOTO_PATH.fullmatch(scope["path"])
        upload_id, text = found.groups() if found else ("", "")
        number = check_number(text, self._uploads.limits)
        headers = read_head(scope)
        if headers.get(b"content-type", "").lower().startswith("multipart/"):
            raise UnsupportedBody(
                "The body is a form, and here it has to be the photo's bytes alone.",
                hint="Send the file itself, as `curl -T photo.jpg` does; POST /upload takes forms.",
            )
        with self._places.one():
            name = name_of(scope.get("query_string", b""), number)
            return await self._uploads.receive(upload_id, number, name, body, declared_size(headers))


def name_of(query: bytes, number: int) -> str:
    """What the client calls a photo, made fit for people to read."""
    given = parse_qs(query.decode("latin-1"), max_num_fields=None).get("name", [""])[0]
    return shown(re.split(r"[\\/]", given)[-1]) or f"image {number}"
