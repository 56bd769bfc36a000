"""The routes of a project's files."""

from datetime import datetime, timezone
from functools import partial
from typing import Any

import trio
from quart import Blueprint, Response, request
from spectree import Response as Answers

from actors.projects.base import name_of
from actors.projects.files.listing import FileInfo, listing
from app.contracts.models import problems
from app.contracts.projects.archive import Archives
from app.contracts.projects.content import send_content
from app.contracts.projects.service import Projects
from app.contracts.projects.shapes import FilesModel, FilesQuery
from app.openapi import documented, read_query

THREADS = 4
"""Threads that read the files of projects for requests, all together."""

_LAST = 253402300799.0


def add_files(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""
    limiter = trio.CapacityLimiter(THREADS)
    archives = Archives(limiter)

    @routes.get("/api/projects/<project_id>/files")
    @documented(query=FilesQuery, resp=Answers(HTTP_200=FilesModel, **problems(404, 409, 413, 422)), tags=["projects"])
    async def list_files(project_id: str) -> dict[str, Any]:
        """List a project's files; without `all` those that it is made of, and not what its tools make of them."""
        query = read_query(FilesQuery, request.args)
        look = partial(listing, await projects.app(project_id), after=query.after, limit=query.limit, all=query.all)
        page = await trio.to_thread.run_sync(look, limiter=limiter)
        return {"files": [_shown(one) for one in page.files], "next": page.next or None}

    # Two slashes together are no other way to write one: what begins with a slash is no path of a project.
    @routes.get("/api/projects/<project_id>/files/<path:path>", merge_slashes=False)
    @documented(
        resp=Answers("HTTP_200", "HTTP_206", "HTTP_304", "HTTP_416", **problems(404, 409, 422)), tags=["projects"]
    )
    async def fetch_file(project_id: str, path: str) -> Response:
        """Fetch one file, in a way in which no browser runs it; takes Range and If-None-Match."""
        return await send_content(await projects.app(project_id), path, limiter)

    @routes.get("/api/projects/<project_id>/archive")
    @documented(resp=Answers("HTTP_200", **problems(404, 409, 413, 503)), tags=["projects"])
    async def fetch_archive(project_id: str) -> Response:
        """Fetch all that a project is made of as a .zip, made while it is sent; its comment says what is left out."""
        name = name_of(str((await projects.status(project_id)).get("name", "")))
        return await archives.send(await projects.app(project_id), name)


def _shown(info: FileInfo) -> dict[str, Any]:
    return {
        "path": info.path,
        "size": info.size,
        "type": info.type,
        "modified": _time(info.modified),
        "executable": info.executable,
    }


def _time(seconds: float) -> str:
    """A file's time, which its project may set to anything."""
    moment = datetime.fromtimestamp(min(max(seconds, 0.0), _LAST), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
