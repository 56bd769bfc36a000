"""`POST /upload`, as a bare ASGI endpoint: Quart's request body has no backpressure, and its forms live in memory."""

import json
import logging
from collections.abc import Callable
from typing import Final, Optional

from actors.runtime.errors import Busy, CallboardError, UnsupportedBody
from app.asgi import App, Receive, Scope, Send, answer, answer_problem, finish
from app.errors import problem_of
from app.problems import Header, Problem
from app.uploads.body import Body, ClientGone, too_large
from app.uploads.form import Form
from app.uploads.reception import Reception
from app.uploads.store import Store
from app.uploads.upload import Accept, Accepted, Checks, UploadLimits

logger = logging.getLogger(__name__)

PATH: Final = "/upload"


def beside(app: App, endpoint: App) -> App:
    """One application out of two: the upload goes to `endpoint`, everything else to `app`."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        uploads = scope["type"] == "http" and scope["path"] == PATH
        await (endpoint if uploads else app)(scope, receive, send)

    return either


class UploadEndpoint:
    """Takes uploads.

    Args:
        store: Where they arrive.
        checks: Tells whether files are images.
        accept: Makes a job of an upload, durably.
        limits: What is accepted.
        admit: Called before the body is read; raises when a job would not be accepted anyway.
    """

    def __init__(
        self,
        store: Store,
        checks: Checks,
        accept: Accept,
        limits: UploadLimits,
        admit: Optional[Callable[[], object]] = None,
    ) -> None:
        self._store = store
        self._checks = checks
        self._accept = accept
        self._limits = limits
        self._admit = admit
        self._running = 0

    @property
    def running(self) -> int:
        """How many uploads are on their way."""
        return self._running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await answer(send, 204, [(b"allow", b"OPTIONS, POST")])
            return
        body = Body(receive, self._limits)
        if scope["method"] != "POST":
            problem = f"'{PATH}' does not take {scope['method']}."
            await _refuse(send, body, Problem(405, problem, "It takes POST.", extra=(("allow", "OPTIONS, POST"),)))
            return
        try:
            accepted = await self._take(scope, body)
        except ClientGone:
            logger.info("an upload ended after %d bytes: the client left", body.size)
        except CallboardError as error:
            logger.info("an upload was refused after %d bytes: %s", body.size, error.problem)
            await _refuse(send, body, problem_of(error))
        else:
            await _answer_accepted(send, accepted)

    async def _take(self, scope: Scope, body: Body) -> Accepted:
        """Take one upload, or say why not."""
        if self._running >= self._limits.at_once:
            raise Busy(f"{self._running} uploads are on their way, which is the limit.", hint="Try again in a moment.")
        self._running += 1
        try:
            form = await self._look_at(scope)
            async with self._store.open_incoming() as incoming:
                upload = await Reception(body, form, incoming, self._checks, self._limits).run()
                logger.info("upload received: %d images, %d bytes", len(upload.images), upload.size)
                return await self._accept(upload)
        finally:
            self._running -= 1

    async def _look_at(self, scope: Scope) -> Form:
        """Refuse what can be refused by the request's head alone."""
        headers = {bytes(name).lower(): bytes(value).decode("latin-1") for name, value in scope["headers"]}
        form = Form(headers.get(b"content-type", ""), self._limits)
        encoding = headers.get(b"content-encoding", "identity")
        if encoding != "identity":
            raise UnsupportedBody("The body is compressed.", hint="Send it without Content-Encoding.")
        declared = headers.get(b"content-length", "")
        size = int(declared[:20]) if declared.isdecimal() else 0
        if size > self._limits.total_bytes:
            raise too_large(self._limits)
        if self._admit is not None:
            self._admit()
        await self._store.check_room(size)
        return form


async def _answer_accepted(send: Send, accepted: Accepted) -> None:
    content = json.dumps(accepted.as_json()).encode()
    headers: list[Header] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"location", f"/jobs/{accepted.id}".encode()),
        (b"cache-control", b"no-store"),
    ]
    await answer(send, 202, headers, content)


async def _refuse(send: Send, body: Body, problem: Problem) -> None:
    """Answer, and read on for a while: a client whose bytes nobody reads gets a reset and never sees the answer."""
    if body.ended:
        await answer_problem(send, problem)
        return
    await answer_problem(send, problem, [(b"connection", b"close")], more=True)
    await body.drain()
    await finish(send)
