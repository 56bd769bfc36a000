"""The routes of projects as such: list them, look at one, end one."""

from typing import Any, Union

from quart import Blueprint, Response, request
from spectree import Response as Answers

from app.contracts.models import problems
from app.contracts.projects.models import ProjectModel, ProjectsModel, ProjectsQuery
from app.contracts.projects.present import present, present_listed
from app.contracts.projects.service import Projects
from app.contracts.runs import EndQuery, end_run, list_runs
from app.openapi import documented, read_query


def add_one(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""

    @routes.get("/api/projects")
    @documented(query=ProjectsQuery, resp=Answers(HTTP_200=ProjectsModel, **problems(422)), tags=["projects"])
    async def list_projects() -> dict[str, Any]:
        """List the projects, the newest first."""
        return await list_runs(projects, read_query(ProjectsQuery, request.args), "projects", present_listed)

    @routes.get("/api/projects/<project_id>")
    @documented(resp=Answers(HTTP_200=ProjectModel, **problems(404)), tags=["projects"])
    async def show_project(project_id: str) -> dict[str, Any]:
        """Tell how a project is."""
        return present(await projects.status(project_id))

    @routes.get("/api/projects/<project_id>/status")
    @documented(resp=Answers(HTTP_200=ProjectModel, **problems(404)), tags=["projects"])
    async def show_status(project_id: str) -> dict[str, Any]:
        """Tell how a project is: the same under the contract's own address."""
        return present(await projects.status(project_id))

    @routes.delete("/api/projects/<project_id>")
    @documented(
        query=EndQuery,
        resp=Answers("HTTP_204", HTTP_200=ProjectModel, HTTP_202=ProjectModel, **problems(404, 409, 503)),
        tags=["projects"],
    )
    async def end_project(project_id: str) -> Union[Response, dict[str, Any], tuple[dict[str, Any], int]]:
        """Cancel what goes on in a project, and remove it with all that it has (204).

        With `cancel_only`, cancel the run and leave the project (200, with its state; 202 when the cancel was heard and
        the end cannot be told yet).
        """
        query = read_query(EndQuery, request.args)
        if query.cancel_only:
            return await end_run(projects, project_id, query, present)
        await projects.end(project_id)
        return Response(b"", status=204)
