"""The routes that start a run: a prompt for a new project, a follow-up on one, and that it goes on where it stopped."""

from collections.abc import Mapping
from typing import Any, Optional

from quart import Blueprint
from spectree import Response as Answers

from actors.projects.base import MAX_PROMPT, GenerateRequest
from actors.runtime.errors import FieldError, TooLarge
from app.contracts.bodies import read_body, read_optional_body
from app.contracts.models import problems
from app.contracts.projects.models import (
    AcceptedProjectModel,
    ContinueBody,
    GenerateBody,
    GeneratorsModel,
    MessageBody,
)
from app.contracts.projects.present import present_accepted
from app.contracts.projects.service import Projects
from app.openapi import documented

Accepted = tuple[dict[str, Any], int, dict[str, str]]
"""An answer, its status and its headers."""

REFUSALS = problems(409, 413, 415, 422, 503, 507)
"""What a prompt can be answered with when it is not taken."""


def add_start(routes: Blueprint, projects: Projects) -> None:
    """Add the routes."""

    @routes.post("/api/generate")
    @documented(json=GenerateBody, resp=Answers(HTTP_202=AcceptedProjectModel, **REFUSALS), tags=["projects"])
    async def generate() -> Accepted:
        """Make an app from a prompt; answered when the request is on disk."""
        asked = await read_body(GenerateBody, '{"prompt": "a habit tracker"}')
        _check_length(asked.prompt)
        wanted = GenerateRequest(asked.prompt, asked.generator, asked.name, asked.limits)
        snapshot = await projects.accept(wanted)
        return accepted(snapshot, 202, None if asked.generator else _hint(projects, str(snapshot["generator"])))

    @routes.post("/api/projects/<project_id>/messages")
    @documented(
        json=MessageBody, resp=Answers(HTTP_202=AcceptedProjectModel, **problems(404), **REFUSALS), tags=["projects"]
    )
    async def send_message(project_id: str) -> Accepted:
        """Ask for a change of a project whose run has ended."""
        asked = await read_body(MessageBody, '{"prompt": "make it green"}')
        _check_length(asked.prompt)
        return accepted(await projects.message(project_id, asked.prompt, asked.generator, asked.limits), 202)

    @routes.post("/api/projects/<project_id>/continue")
    @documented(
        json=ContinueBody, resp=Answers(HTTP_202=AcceptedProjectModel, **problems(404), **REFUSALS), tags=["projects"]
    )
    async def continue_project(project_id: str) -> Accepted:
        """Go on with the last prompt of a project whose run paused, failed, was cancelled or was interrupted.

        What was made is kept, and worked on. The body, which may be missing, says what else the project may use.
        """
        asked = await read_optional_body(ContinueBody, '{"budget": {"cost_usd": 5}}')
        return accepted(await projects.go_on(project_id, asked.generator, asked.limits), 202)

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


def accepted(snapshot: Mapping[str, Any], status: int, hint: Optional[str] = None) -> Accepted:
    """Answer that a project was taken on."""
    shown = present_accepted(snapshot, hint)
    return shown, status, {"Location": str(shown["links"]["self"])}


def _hint(projects: Projects, used: str) -> Optional[str]:
    """Say how to switch to a generator that is there; None where there is nothing to switch to."""
    other = projects.alternative
    if other is None or other == used:
        return None
    return (
        f"`{used}` makes this, since nobody said otherwise. `{other}` could make it too, and costs money: send "
        f'"generator": "{other}" with the request (`callboard generate --generator {other}`), or start the server '
        f"with CALLBOARD_GENERATOR={other}; with CALLBOARD_GENERATOR={used} this hint goes away."
    )


def _check_length(prompt: str) -> None:
    if len(prompt) > MAX_PROMPT:
        raise TooLarge(
            f"The prompt has {len(prompt)} characters, and {MAX_PROMPT} are the most.",
            hint="Shorten it; details can follow as messages on the project.",
            errors=(FieldError("prompt", f"must have at most {MAX_PROMPT} characters"),),
        )
