"""The routes of operations: the page, readiness, the API's description, and the assets of the other pages."""

from importlib.metadata import version
from typing import Any

from quart import Blueprint, Response, abort
from spectree import Response as Answers

from app.contracts.operations.disk import ask_disk
from app.contracts.operations.me import add_me
from app.contracts.operations.models import ReadyModel
from app.contracts.operations.page import add_page
from app.contracts.operations.readiness import find_trouble
from app.contracts.operations.signs import add_metrics, add_signs
from app.contracts.pages import respond
from app.metrics.metrics import Metrics
from app.openapi import describe, documented
from app.services import Services
from app.web.assets import asset, docs_page
from app.web.page import DIST, Page


def operations_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("operations", __name__)
    settings = services.settings
    add_signs(routes)
    add_metrics(routes, Metrics(services))
    add_page(routes, Page(DIST))
    add_me(routes)

    @routes.get("/health/ready")
    @documented(resp=Answers(HTTP_200=ReadyModel, HTTP_503=ReadyModel), tags=["operations"])
    async def ready() -> tuple[dict[str, Any], int]:
        """Tell whether the server can work (503 when it cannot), and what it has."""
        disk = await ask_disk(settings.data_dir)
        trouble = find_trouble(services, disk)
        answer = {
            "ready": not trouble,
            "reason": trouble,
            "version": version("callboard"),
            "jobs": {
                "running": services.jobs.running,
                "running_limit": settings.jobs_at_once,
                "queued": services.jobs.queued,
                "queued_limit": settings.jobs_queued,
            },
            "engines": {name: vars(engine.availability()) for name, engine in services.jobs.engines.items()},
            "default_engine": services.jobs.default_engine,
            "builds": {
                "running": services.builds.running,
                "running_limit": settings.builds_at_once,
                "queued": services.builds.queued,
                "queued_limit": settings.builds_queued,
            },
            "pipelines": {name: vars(one.availability()) for name, one in services.builds.pipelines.items()},
            "default_pipeline": services.builds.default_pipeline,
            "workspaces": str(services.builds.workspaces),
            "orchestrator": settings.orchestrator_url,
            "projects": {
                "running": services.projects.running,
                "running_limit": settings.projects_at_once,
                "queued": services.projects.queued,
                "queued_limit": settings.projects_queued,
            },
            "projects_trouble": await services.projects.trouble(),
            "generators": {name: vars(one.availability()) for name, one in services.projects.generators.items()},
            "default_generator": services.projects.default_generator,
            "sandbox": services.projects.home.state(),
            "streams": len(services.streams),
            "disk_free": disk.free,
            "journal": settings.journal,
        }
        return answer, 503 if trouble else 200

    @routes.get("/openapi.json")
    async def openapi() -> dict[str, Any]:
        """Describe the API."""
        return describe(list(services.jobs.engines), list(services.projects.generators), settings.upload_files)

    @routes.get("/docs")
    async def show_docs() -> Response:
        """Show the API's description as a page."""
        return respond(docs_page())

    @routes.get("/assets/<path:name>")
    async def fetch_asset(name: str) -> Response:
        """Fetch a file of the pages."""
        found = asset(name)
        if found is None:
            abort(404)
        return respond(found)

    return routes
