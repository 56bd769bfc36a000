"""The routes of the photogrammetry contract, beside `POST /upload` (`app/uploads`)."""

from collections.abc import Mapping
from typing import Any, Union

from quart import Blueprint, Response, request
from spectree import Response as Answers

from actors.jobs.service import Jobs
from app.contracts.bodies import read_optional_body
from app.contracts.jobs.download import send_model
from app.contracts.jobs.models import (
    MEDIA_TYPES,
    AcceptedModel,
    EnginesModel,
    JobModel,
    JobsModel,
    LimitsModel,
    RetryBody,
)
from app.contracts.models import problems
from app.contracts.pages import respond
from app.contracts.runs import EndQuery, RunsQuery, end_run, list_runs
from app.links import job_links
from app.openapi import documented, read_query
from app.services import Services
from app.settings import Settings
from app.web.assets import view_page


def present(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot as it is answered."""
    return {**snapshot, "links": job_links(str(snapshot["id"]))}


def jobs_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("jobs", __name__)
    _add_jobs(routes, services.jobs)
    _add_retry(routes, services.jobs)
    _add_models(routes, services.jobs)
    _add_engines(routes, services.jobs, _limits(services.settings))
    return routes


def _add_jobs(routes: Blueprint, jobs: Jobs) -> None:
    @routes.get("/jobs")
    @documented(query=RunsQuery, resp=Answers(HTTP_200=JobsModel, **problems(422)), tags=["jobs"])
    async def list_jobs() -> dict[str, Any]:
        """List the jobs, the newest first."""
        return await list_runs(jobs, read_query(RunsQuery, request.args), "jobs", present)

    @routes.get("/jobs/<job_id>")
    @documented(resp=Answers(HTTP_200=JobModel, **problems(404)), tags=["jobs"])
    async def show_job(job_id: str) -> dict[str, Any]:
        """Tell how a job is."""
        return present(await jobs.status(job_id))

    @routes.delete("/jobs/<job_id>")
    @documented(
        query=EndQuery,
        resp=Answers("HTTP_204", HTTP_200=JobModel, HTTP_202=JobModel, **problems(404, 409)),
        tags=["jobs"],
    )
    async def end_job(job_id: str) -> Union[Response, dict[str, Any], tuple[dict[str, Any], int]]:
        """Cancel a job that has not ended (200, with its last state), or remove one that has (204).

        202 when the cancel was heard and its end cannot be recorded yet, because the disk is full or slow.
        """
        return await end_run(jobs, job_id, read_query(EndQuery, request.args), present)


def _add_retry(routes: Blueprint, jobs: Jobs) -> None:
    @routes.post("/jobs/<job_id>/retry")
    @documented(
        json=RetryBody,
        resp=Answers(HTTP_202=AcceptedModel, **problems(404, 408, 409, 413, 415, 422, 503, 507)),
        tags=["jobs"],
    )
    async def retry_job(job_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Start a new job with the photos of one that has ended; the body, which may be missing, says what differs."""
        asked = await read_optional_body(RetryBody, '{"engine": "...", "params": {}}')
        snapshot = await jobs.retry(job_id, asked.engine, asked.params)
        links = job_links(str(snapshot["id"]))
        answer = {"id": snapshot["id"], "state": snapshot["state"], "engine": snapshot["engine"], "links": links}
        return answer, 202, {"Location": links["self"]}


def _add_models(routes: Blueprint, jobs: Jobs) -> None:
    @routes.get("/jobs/<job_id>/model")
    @documented(resp=Answers("HTTP_200", "HTTP_206", "HTTP_416", **problems(404, 409)), tags=["jobs"])
    async def fetch_model(job_id: str) -> Response:
        """Fetch the model, a binary glTF; takes Range and If-None-Match."""
        return await send_model(await jobs.model(job_id), job_id)

    @routes.get("/jobs/<job_id>/view")
    async def view_job(job_id: str) -> Response:
        """Show the model in 3D; the page finds out by itself whether the job is there."""
        return respond(view_page())


def _limits(settings: Settings) -> LimitsModel:
    return LimitsModel(
        files=settings.upload_files,
        file_bytes=settings.upload_file_size,
        total_bytes=settings.upload_size,
        media_types=list(MEDIA_TYPES),
    )


def _add_engines(routes: Blueprint, jobs: Jobs, limits: LimitsModel) -> None:
    @routes.get("/engines")
    @documented(resp=Answers(HTTP_200=EnginesModel), tags=["jobs"])
    async def list_engines() -> dict[str, Any]:
        """List the engines, whether they can run here, and their parameters; and what an upload may be."""
        return {
            "default": jobs.default_engine,
            "engines": [
                {
                    "name": engine.name,
                    "title": engine.title,
                    **vars(engine.availability()),
                    "parameters": engine.parameters.schema(),
                    "min_images": engine.min_images,
                }
                for engine in jobs.engines.values()
            ],
            "limits": limits.dict(),
        }
