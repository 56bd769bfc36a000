"""The routes that start and stop a project's server; its preview is in `app/preview`."""

from typing import Any

from quart import Blueprint
from spectree import Response as Answers

from actors.projects.tools.outside import ServerStatus
from app.contracts.models import problems
from app.contracts.projects.service import Projects
from app.contracts.projects.shapes import ServerModel
from app.openapi import documented

STOPPED = "a person stopped it"
"""Why a server does not run that was stopped here."""

_ANSWERS = Answers(HTTP_200=ServerModel, **problems(404, 409, 503))


def add_server(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""

    @routes.post("/api/projects/<project_id>/preview/start")
    @documented(resp=_ANSWERS, tags=["projects"])
    async def start_server(project_id: str) -> dict[str, Any]:
        """Start the app's server unless it runs; answered when it answers itself, or is known not to."""
        return _shown(await (await projects.server(project_id)).start())

    @routes.post("/api/projects/<project_id>/preview/stop")
    @documented(resp=_ANSWERS, tags=["projects"])
    async def stop_server(project_id: str) -> dict[str, Any]:
        """Stop the app's server; it stays so until it is started."""
        server = await projects.server(project_id)
        await server.stop(STOPPED, by_person=True)
        return _shown(server.status)

    @routes.post("/api/projects/<project_id>/preview/restart")
    @documented(resp=_ANSWERS, tags=["projects"])
    async def restart_server(project_id: str) -> dict[str, Any]:
        """Stop the app's server and start it; answered as `start` is."""
        return _shown(await (await projects.server(project_id)).restart())


def _shown(status: ServerStatus) -> dict[str, Any]:
    return {"state": status.state.value, "url": status.url, "reason": status.reason, "tail": list(status.tail)}
