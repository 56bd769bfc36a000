"""The routes of the builder contract: `POST /api/build` as orchestrators know it, and what we add to it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, Union

from quart import Blueprint, Response, request
from spectree import Response as Answers

from actors.builds.base import BuildRequest
from app.contracts.bodies import AskedOfQuart
from app.contracts.builds.body import read_build
from app.contracts.builds.models import BuildBody, BuildModel, BuildsModel, StartedModel
from app.contracts.builds.view import add_view
from app.contracts.models import problems
from app.contracts.runs import EndQuery, Runs, RunsQuery, end_run, list_runs
from app.direct import Asked, Routes
from app.links import build_links
from app.openapi import documented, read_query

STARTED = "Agent is building your application..."
"""What an orchestrator is answered, to the letter."""

_LISTED_PROMPT = 200
"""Characters of a prompt in a list, to keep it readable."""


class Builds(Runs, Protocol):
    """What the routes need of the service of builds."""

    def knows(self, asked: BuildRequest, /) -> bool:
        """Whether a build is known again without a look at the disk."""

    async def accept(self, asked: BuildRequest, /) -> Mapping[str, Any]:
        """Accept a build, or know it again."""

    async def retry(self, run_id: str, /) -> str:
        """Accept a new build like one that has ended, and give its runId."""


class HasBuilds(Protocol):
    """What has the service of builds: the server's services."""

    @property
    def builds(self) -> Builds:
        """The service."""


def present(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot as it is answered: what is documented of it, and not what a build keeps in it to go on from."""
    shown = {name: snapshot[name] for name in BuildModel.__fields__ if name in snapshot}
    return {**shown, "links": build_links(str(snapshot["id"]))}


def builds_routes(services: HasBuilds) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("builds", __name__)
    _add_start(routes, services.builds)
    _add_list(routes, services.builds)
    _add_one(routes, services.builds)
    add_view(routes)
    _add_retry(routes, services.builds)
    return routes


def builds_directly(services: HasBuilds) -> Routes:
    """Make the routes past Quart: each step of an orchestrator's work begins with this one."""
    return {("POST", "/api/build"): _starter(services.builds)}


def _starter(builds: Builds) -> Callable[[Asked], Awaitable[dict[str, str]]]:
    async def start(asked: Asked) -> dict[str, str]:
        build = await read_build(asked)
        if not builds.knows(build):
            await builds.accept(build)
        return {"status": "started", "runId": build.run_id, "message": STARTED}

    return start


def _add_start(routes: Blueprint, builds: Builds) -> None:
    start_directly = _starter(builds)

    @routes.post("/api/build")
    @documented(
        json=BuildBody, resp=Answers(HTTP_200=StartedModel, **problems(409, 413, 415, 422, 503, 507)), tags=["builds"]
    )
    async def start_build() -> dict[str, str]:
        """Start a build, and answer at once; the same request again gets the same answer, and no second build."""
        return await start_directly(AskedOfQuart())


def _add_list(routes: Blueprint, builds: Builds) -> None:
    @routes.get("/api/builds")
    @documented(query=RunsQuery, resp=Answers(HTTP_200=BuildsModel, **problems(422)), tags=["builds"])
    async def list_builds() -> dict[str, Any]:
        """List the builds, the newest first."""
        return await list_runs(builds, read_query(RunsQuery, request.args), "builds", _shortened)


def _shortened(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {**present(snapshot), "prompt": str(snapshot["prompt"])[:_LISTED_PROMPT]}


def _add_one(routes: Blueprint, builds: Builds) -> None:
    @routes.get("/api/builds/<run_id>")
    @documented(resp=Answers(HTTP_200=BuildModel, **problems(404)), tags=["builds"])
    async def show_build(run_id: str) -> dict[str, Any]:
        """Tell how a build is."""
        return present(await builds.status(run_id))

    @routes.delete("/api/builds/<run_id>")
    @documented(
        query=EndQuery,
        resp=Answers("HTTP_204", HTTP_200=BuildModel, HTTP_202=BuildModel, **problems(404, 409)),
        tags=["builds"],
    )
    async def end_build(run_id: str) -> Union[Response, dict[str, Any], tuple[dict[str, Any], int]]:
        """Cancel a build that has not ended (200, with its last state), or remove one that has (204).

        202 when the cancel was heard and its end cannot be told yet.
        """
        return await end_run(builds, run_id, read_query(EndQuery, request.args), present)


def _add_retry(routes: Blueprint, builds: Builds) -> None:
    @routes.post("/api/builds/<run_id>/retry")
    @documented(resp=Answers(HTTP_202=StartedModel, **problems(404, 409, 422, 503, 507)), tags=["builds"])
    async def retry_build(run_id: str) -> tuple[dict[str, str], int, dict[str, str]]:
        """Start a new build with the prompt, workspace and port of one that has ended, under a runId of its own."""
        new = await builds.retry(run_id)
        return {"status": "started", "runId": new, "message": STARTED}, 202, {"Location": build_links(new)["self"]}
