"""The routes that take a prompt: for a new project, and as a follow-up on one."""

from collections.abc import Mapping
from typing import Any

from quart import Blueprint
from spectree import Response as Answers

from actors.projects.base import MAX_PROMPT, GenerateRequest
from actors.runtime.errors import FieldError, TooLarge
from app.contracts.models import ProblemModel
from app.contracts.projects.bodies import read_body
from app.contracts.projects.models import AcceptedProjectModel, GenerateBody, GeneratorsModel, MessageBody
from app.contracts.projects.present import present_accepted
from app.contracts.projects.service import Projects
from app.openapi import documented

Accepted = tuple[dict[str, Any], int, dict[str, str]]
"""An answer, its status and its headers."""

REFUSALS = {f"HTTP_{status}": ProblemModel for status in (409, 413, 415, 422, 503, 507)}
"""What a prompt can be answered with when it is not taken."""


def add_start(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""

    @routes.post("/api/generate")
    @documented(json=GenerateBody, resp=Answers(HTTP_202=AcceptedProjectModel, **REFUSALS), tags=["projects"])
    async def generate() -> Accepted:
        """Make an app from a prompt; answered when the request is on disk."""
        asked = await read_body(GenerateBody, '{"prompt": "a habit tracker"}')
        _check_length(asked.prompt)
        return accepted(await projects.accept(GenerateRequest(asked.prompt, asked.generator, asked.name)), 202)

    @routes.post("/api/projects/<project_id>/messages")
    @documented(
        json=MessageBody,
        resp=Answers(HTTP_202=AcceptedProjectModel, HTTP_404=ProblemModel, **REFUSALS),
        tags=["projects"],
    )
    async def send_message(project_id: str) -> Accepted:
        """Ask for a change of a project whose run has ended."""
        asked = await read_body(MessageBody, '{"prompt": "make it green"}')
        _check_length(asked.prompt)
        return accepted(await projects.message(project_id, asked.prompt, asked.generator), 202)

    @routes.get("/api/generators")
    @documented(resp=Answers(HTTP_200=GeneratorsModel), tags=["projects"])
    async def list_generators() -> dict[str, Any]:
        """List what makes apps from prompts, and whether it can be used here."""
        return {
            "default": projects.default_generator,
            "generators": [
                {"name": one.name, "title": one.title, **vars(one.availability())}
                for one in projects.generators.values()
            ],
        }


def accepted(snapshot: Mapping[str, Any], status: int) -> Accepted:
    """Answer that a project was taken on."""
    shown = present_accepted(snapshot)
    return shown, status, {"Location": str(shown["links"]["self"])}


def _check_length(prompt: str) -> None:
    if len(prompt) > MAX_PROMPT:
        raise TooLarge(
            f"The prompt has {len(prompt)} characters, and {MAX_PROMPT} are the most.",
            hint="Shorten it; details can follow as messages on the project.",
            errors=(FieldError("prompt", f"must have at most {MAX_PROMPT} characters"),),
        )
