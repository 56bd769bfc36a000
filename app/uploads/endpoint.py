"""`POST /upload`, as a bare ASGI endpoint: Quart's request body has no backpressure, and its forms live in memory."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Optional

from actors.runtime.errors import CallboardError
from app.asgi import App, Receive, Scope, Send, answer, answer_problem, finish
from app.errors import problem_of
from app.problems import Header, Problem
from app.uploads.body import Body, ClientGone, too_large
from app.uploads.form import Form
from app.uploads.head import declared_size, read_head
from app.uploads.places import Places
from app.uploads.reception import Reception
from app.uploads.store import Store
from app.uploads.upload import Accept, Accepted, Checks, UploadLimits

logger = logging.getLogger(__name__)

PATH: Final = "/upload"

PHOTO_PATH: Final = re.compile("/uploads/([^/]+)/files/([^/]+)")
"""Where a photo of an open upload goes: the upload's id, and the photo's number."""


def beside(app: App, endpoint: App, photos: App) -> App:
    """One application out of three: `endpoint` gets uploads, `photos` single photos of one, and `app` the rest."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        chosen = endpoint if path == PATH else photos if PHOTO_PATH.fullmatch(path) else app
        await chosen(scope, receive, send)

    return either


class UploadEndpoint:
    """Takes uploads.

    Args:
        store: Where they arrive.
        checks: Tells whether files are images.
        accept: Makes a job of an upload, durably.
        limits: What is accepted.
        admit: Called before the body is read; raises when a job would not be accepted anyway.
        places: For what arrives at once, when they are shared with others.
    """

    def __init__(
        self,
        store: Store,
        checks: Checks,
        accept: Accept,
        limits: UploadLimits,
        admit: Optional[Callable[[], object]] = None,
        places: Optional[Places] = None,
    ) -> None:
        self._store = store
        self._checks = checks
        self._accept = accept
        self._limits = limits
        self._admit = admit
        self._places = places or Places(limits.at_once)

    @property
    def running(self) -> int:
        """How many uploads are on their way."""
        return self._places.taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await answer(send, 204, [(b"allow", b"OPTIONS, POST")])
            return
        body = Body(receive, self._limits, self._places.arrived)
        if scope["method"] != "POST":
            problem = f"'{PATH}' does not take {scope['method']}."
            await refuse(send, body, Problem(405, problem, "It takes POST.", extra=(("allow", "OPTIONS, POST"),)))
            return
        try:
            accepted = await self._take(scope, body)
        except ClientGone:
            logger.info("an upload ended after %d bytes: the client left", body.size)
        except CallboardError as error:
            logger.info("an upload was refused after %d bytes: %s", body.size, error.problem)
            await refuse(send, body, problem_of(error))
        else:
            await answer_json(send, 202, accepted.as_json(), (b"location", f"/jobs/{accepted.id}".encode()))

    async def _take(self, scope: Scope, body: Body) -> Accepted:
        """Take one upload, or say why not."""
        with self._places.one():
            form = await self._look_at(scope)
            async with self._store.open_incoming() as incoming:
                upload = await Reception(body, form, incoming, self._checks, self._limits).run()
                logger.info("upload received: %d images, %d bytes", len(upload.images), upload.size)
                return await self._accept(upload)

    async def _look_at(self, scope: Scope) -> Form:
        """Refuse what can be refused by the request's head alone."""
        headers = read_head(scope)
        form = Form(headers.get(b"content-type", ""), self._limits)
        size = declared_size(headers)
        if size > self._limits.total_bytes:
            raise too_large(self._limits)
        if self._admit is not None:
            self._admit()
        await self._store.check_room(size)
        return form


async def answer_json(send: Send, status: int, value: Mapping[str, Any], *more: Header) -> None:
    """Answer with JSON, and with further headers."""
    content = json.dumps(value).encode()
    headers: list[Header] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await answer(send, status, headers, content)


async def refuse(send: Send, body: Body, problem: Problem) -> None:
    """Answer, and read on for a while: a client whose bytes nobody reads gets a reset and never sees the answer."""
    if body.ended:
        await answer_problem(send, problem)
        return
    await answer_problem(send, problem, [(b"connection", b"close")], more=True)
    await body.drain()
    await finish(send)
