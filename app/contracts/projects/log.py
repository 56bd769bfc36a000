"""The route of what a project's tools and its server printed."""

from functools import partial
from typing import Any

import trio
from quart import Blueprint, request
from spectree import Response as Answers

from app.contracts.models import problems
from app.contracts.projects.service import Projects
from app.contracts.projects.shapes import LogModel, LogQuery
from app.openapi import documented, read_query

THREADS = 2
"""Threads that read the output of projects for requests, all together."""


def add_log(routes: Blueprint, projects: Projects) -> None:
    """Add the route."""
    limiter = trio.CapacityLimiter(THREADS)

    @routes.get("/api/projects/<project_id>/log")
    @documented(query=LogQuery, resp=Answers(HTTP_200=LogModel, **problems(404, 422)), tags=["projects"])
    async def read_log(project_id: str) -> dict[str, Any]:
        """Read what the project's tools and its server printed, beyond `after`; does not wait for more."""
        query = read_query(LogQuery, request.args)
        log = await projects.log(project_id)
        page = await trio.to_thread.run_sync(partial(log.read, query.after, query.limit), limiter=limiter)
        lines = [{"time": one.time, "source": one.source, "text": one.text} for one in page.lines]
        return {"lines": lines, "next": page.next, "missed": page.missed}
