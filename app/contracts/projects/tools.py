"""The routes of the tools: the same that generators use, for people and their programs."""

from typing import Any

from quart import Blueprint
from spectree import Response as Answers

from actors.runtime.errors import NotFound
from app.contracts.bodies import AskedOfQuart, read_object
from app.contracts.models import problems
from app.contracts.projects.service import Projects
from app.contracts.projects.shapes import ToolResultModel, ToolsModel
from app.openapi import documented


def add_tools(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""

    @routes.get("/api/tools")
    @documented(resp=Answers(HTTP_200=ToolsModel), tags=["projects"])
    async def list_tools() -> dict[str, Any]:
        """List what can be done in a project, with what each tool takes."""
        return {
            "tools": [
                {"name": tool.name, "title": tool.title, "seconds": tool.seconds, "parameters": dict(tool.schema)}
                for tool in projects.tools.values()
            ]
        }

    @routes.post("/api/projects/<project_id>/tools/<tool>")
    @documented(resp=Answers(HTTP_200=ToolResultModel, **problems(404, 409, 413, 415, 422, 503)), tags=["projects"])
    async def call_tool(project_id: str, tool: str) -> dict[str, Any]:
        """Call a tool with the body as its parameters.

        200 also when it could not do what it was asked for: `ok` says so, and `text` what to do. A client that leaves
        ends the call.
        """
        if tool not in projects.tools:
            raise NotFound(f"There is no tool {tool[:80]!a}.", hint="GET /api/tools lists them.")
        parameters = await read_object(AskedOfQuart(), "the tool's parameters as a JSON object", optional=True)
        result = await projects.call(project_id, tool, parameters)
        return {"tool": tool, "ok": result.ok, "text": result.text, "data": dict(result.data), "cut": result.cut}
