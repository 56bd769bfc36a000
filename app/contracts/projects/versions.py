"""The routes of a project's versions."""

from dataclasses import asdict
from functools import partial
from typing import Any

import trio
from quart import Blueprint, request
from spectree import Response as Answers

from actors.projects.versions.headers import Version
from actors.projects.versions.store import VersionStore
from actors.runtime.errors import Conflict
from app.contracts.bodies import read_optional_body
from app.contracts.models import problems
from app.contracts.projects.models import AcceptedProjectModel, ForkBody, ProjectModel
from app.contracts.projects.present import present
from app.contracts.projects.service import Projects
from app.contracts.projects.shapes import DiffModel, DiffQuery, VersionModel, VersionsModel, VersionsQuery
from app.contracts.projects.start import REFUSALS, Accepted, accepted
from app.openapi import documented, read_query

THREADS = 4
"""Threads that read the versions of projects for requests, all together."""


def add_versions(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""
    limiter = trio.CapacityLimiter(THREADS)

    @routes.get("/api/projects/<project_id>/versions")
    @documented(query=VersionsQuery, resp=Answers(HTTP_200=VersionsModel, **problems(404, 422)), tags=["projects"])
    async def list_versions(project_id: str) -> dict[str, Any]:
        """List what the project was after each change, the newest first."""
        query = read_query(VersionsQuery, request.args)
        store = await projects.versions(project_id)
        page = await trio.to_thread.run_sync(
            partial(store.versions, before=query.before, limit=query.limit), limiter=limiter
        )
        more = len(page) == query.limit and page[-1].parent is not None
        return {"versions": [_shown(one) for one in page], "next": page[-1].id if more else None}

    @routes.get("/api/projects/<project_id>/versions/<version>/diff")
    @documented(query=DiffQuery, resp=Answers(HTTP_200=DiffModel, **problems(404, 409, 422)), tags=["projects"])
    async def compare_versions(project_id: str, version: str) -> dict[str, Any]:
        """Say what has changed to a version from the one before, or from the one in `from`."""
        query = read_query(DiffQuery, request.args)
        store = await projects.versions(project_id)
        compare = partial(_compare, store, version, query)
        return await trio.to_thread.run_sync(compare, limiter=limiter)

    _add_changes(routes, projects)


def _add_changes(routes: Blueprint, projects: Projects) -> None:
    @routes.post("/api/projects/<project_id>/versions/<version>/restore")
    @documented(resp=Answers(HTTP_200=ProjectModel, **problems(404, 409, 413, 503, 507)), tags=["projects"])
    async def restore_version(project_id: str, version: str) -> dict[str, Any]:
        """Make the project what it was; what it is now is kept as a version first."""
        return present(await projects.restore(project_id, version))

    @routes.post("/api/projects/<project_id>/fork")
    @documented(
        json=ForkBody, resp=Answers(HTTP_201=AcceptedProjectModel, **problems(404), **REFUSALS), tags=["projects"]
    )
    async def fork_project(project_id: str) -> Accepted:
        """Make a project of its own of a version: the body, which may be missing, says of which, and its name."""
        asked = await read_optional_body(ForkBody, '{"version": "v3", "name": "another"}')
        return accepted(await projects.fork(project_id, asked.version, asked.name), 201)


def _compare(store: VersionStore, version: str, query: DiffQuery) -> dict[str, Any]:
    before = query.before
    if before is None:
        store.get(version)
        page = store.versions(before=version, limit=1)
        if not page:
            raise Conflict(f"There is no version before {version}.", hint="Name one to compare with: ?from=v2.")
        before = page[0].id
    found = store.diff(before, version, query.path)
    files = [asdict(one) for one in found.files]
    return {"from": found.a, "to": found.b, "files": files, "total": found.total, "cut": found.cut}


def _shown(version: Version) -> dict[str, Any]:
    values = asdict(version)
    return {name: values[name] for name in VersionModel.__fields__}
