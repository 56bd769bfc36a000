"""The routes of the photogrammetry contract, beside `POST /upload` (`app/uploads`)."""

from collections.abc import Mapping
from typing import Any, Union

import trio
from quart import Blueprint, Response, request
from spectree import Response as Answers

from actors.jobs.service import Jobs
from actors.runtime.errors import Conflict
from app.contracts.jobs.download import send_model
from app.contracts.jobs.models import EndQuery, EnginesModel, JobModel, JobsModel, JobsQuery
from app.contracts.models import ProblemModel
from app.contracts.pages import respond
from app.links import job_links
from app.openapi import documented, read_query
from app.services import Services
from app.web.assets import view_page

_CANCEL_S = 5.0
"""Seconds after which a cancel is answered although the job has not ended: it takes two, and the disk some more."""


def present(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot as it is answered."""
    return {**snapshot, "links": job_links(str(snapshot["id"]))}


def jobs_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("jobs", __name__)
    _add_jobs(routes, services.jobs)
    _add_models(routes, services.jobs)
    _add_engines(routes, services.jobs)
    return routes


def _add_jobs(routes: Blueprint, jobs: Jobs) -> None:
    @routes.get("/jobs")
    @documented(query=JobsQuery, resp=Answers(HTTP_200=JobsModel, HTTP_422=ProblemModel), tags=["jobs"])
    async def list_jobs() -> dict[str, Any]:
        """List the jobs, the newest first."""
        query = read_query(JobsQuery, request.args)
        states = (query.state,) if query.state else ()
        # One more than asked for tells whether there is a next page.
        found = await jobs.page(states=states, before=query.before, limit=query.limit + 1)
        page = found[: query.limit]
        following = page[-1][0] if len(found) > query.limit else None
        return {"jobs": [present(snapshot) for _, snapshot in page], "next": following}

    @routes.get("/jobs/<job_id>")
    @documented(resp=Answers(HTTP_200=JobModel, HTTP_404=ProblemModel), tags=["jobs"])
    async def show_job(job_id: str) -> dict[str, Any]:
        """Tell how a job is."""
        return present(await jobs.status(job_id))

    @routes.delete("/jobs/<job_id>")
    @documented(
        query=EndQuery,
        resp=Answers("HTTP_204", HTTP_200=JobModel, HTTP_202=JobModel, HTTP_404=ProblemModel, HTTP_409=ProblemModel),
        tags=["jobs"],
    )
    async def end_job(job_id: str) -> Union[Response, dict[str, Any], tuple[dict[str, Any], int]]:
        """Cancel a job that has not ended (200, with its last state), or remove one that has (204).

        202 when the cancel was heard and its end cannot be recorded yet, because the disk is full or slow.
        """
        query = read_query(EndQuery, request.args)
        cancelled = None
        with trio.move_on_after(_CANCEL_S):
            cancelled = await jobs.cancel(job_id)
        if cancelled is None:
            return present(await jobs.status(job_id)), 202
        if cancelled:
            return present(await jobs.status(job_id))
        if query.cancel_only:
            raise Conflict(f"{job_id} has ended already.", hint="Its state says how.")
        await jobs.remove(job_id)
        return Response(b"", status=204)


def _add_models(routes: Blueprint, jobs: Jobs) -> None:
    @routes.get("/jobs/<job_id>/model")
    @documented(
        resp=Answers("HTTP_200", "HTTP_206", "HTTP_416", HTTP_404=ProblemModel, HTTP_409=ProblemModel),
        tags=["jobs"],
    )
    async def fetch_model(job_id: str) -> Response:
        """Fetch the model, a binary glTF; takes Range and If-None-Match."""
        return await send_model(await jobs.model(job_id), job_id)

    @routes.get("/jobs/<job_id>/view")
    async def view_job(job_id: str) -> Response:
        """Show the model in 3D; the page finds out by itself whether the job is there."""
        return respond(view_page())


def _add_engines(routes: Blueprint, jobs: Jobs) -> None:
    @routes.get("/engines")
    @documented(resp=Answers(HTTP_200=EnginesModel), tags=["jobs"])
    async def list_engines() -> dict[str, Any]:
        """List the engines, whether they can run here, and their parameters."""
        return {
            "default": jobs.default_engine,
            "engines": [
                {
                    "name": engine.name,
                    "title": engine.title,
                    **vars(engine.availability()),
                    "parameters": engine.parameters.schema(),
                }
                for engine in jobs.engines.values()
            ],
        }
