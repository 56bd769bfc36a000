"""The way to a model past Quart, for what nearly everybody asks: all of it, or one range. The rest is Quart's.

A range of a megabyte is sent in less time than Quart needs to say what it is.
"""

import os
import re
from pathlib import Path
from typing import Final, Optional, Protocol

import trio

from app.asgi import App, Receive, Scope, Send
from app.contracts.jobs.download import Model, named_trouble
from app.contracts.jobs.opening import open_to_send
from app.contracts.ranges import part_of
from app.front.http.exchange import HANGUP, SEND_FILE

_PATH: Final = re.compile(r"/jobs/([A-Za-z0-9_-]{1,64})/model", re.ASCII)

_CONDITIONS: Final = frozenset({b"if-none-match", b"if-range"})


class Models(Protocol):
    """What is needed of the service of jobs."""

    async def model(self, job_id: str, /) -> Path:
        """The model's file."""


def models_directly(jobs: Models, app: App) -> App:
    """One application out of two: models are sent by this one where it can, and `app` gets the rest.

    Args:
        jobs: Where the models are.
        app: An ASGI application that has a route for them, too.
    """

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        job_id = _asked_job(scope)
        if job_id is None or not await _send_model(jobs, job_id, scope, send):
            await app(scope, receive, send)

    return either


def _asked_job(scope: Scope) -> Optional[str]:
    """Whose model is asked for, without conditions; None where something else is."""
    if scope["type"] != "http" or scope["method"] != "GET" or SEND_FILE not in scope["extensions"]:
        return None
    match = _PATH.fullmatch(scope["path"])
    if match is None or any(name in _CONDITIONS for name, _ in scope["headers"]):
        return None
    return match[1]


async def _send_model(jobs: Models, job_id: str, scope: Scope, send: Send) -> bool:
    """Send a model; False, and nothing is sent, when it has no such part.

    Raises:
        NotFound: There is no such job, or its model was removed at this moment.
        Conflict: It has no model (yet).
        StorageFailed: The disk does not work.
    """
    path = await jobs.model(job_id)
    with named_trouble():
        file = await open_to_send(path)
    try:
        model = Model.of(path, os.fstat(file.fileno()))
        wanted = next((value for name, value in scope["headers"] if name == b"range"), b"")
        part = part_of(wanted.decode("latin-1"), model.size)
        begin, end = part or (0, model.size)
        if part is not None and begin >= model.size:
            return False
        with trio.CancelScope() as whole:
            scope["extensions"][HANGUP](whole.cancel)
            status = 200 if part is None else 206
            await send({"type": "http.response.start", "status": status, "headers": model.headers(job_id, part)})
            await send({"type": SEND_FILE, "file": file, "offset": begin, "count": end - begin})
    finally:
        await file.aclose()
    return True
