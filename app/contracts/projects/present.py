"""A project's snapshot, as it is answered."""

from collections.abc import Mapping
from typing import Any, Optional

from actors.projects.reporter import UNUSED
from app.contracts.projects.models import AcceptedProjectModel, ProjectModel, ProjectProgressModel
from app.links import project_links

_LISTED_PROMPT = 200
"""Characters of a prompt in a list, to keep it readable."""


def present(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """All that is documented of it."""
    known = {
        **snapshot,
        "step": snapshot["stage"],
        "usage": {**UNUSED, **snapshot["usage"]},
        "budget": snapshot.get("budget", {}),
        "progress": {name: snapshot.get(name) for name in ProjectProgressModel.__fields__},
        "versions": {"latest": snapshot.get("version")},
        "links": project_links(str(snapshot["id"])),
    }
    return {name: known.get(name, field.default) for name, field in ProjectModel.__fields__.items()}


def present_listed(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with less of the prompt."""
    return {**present(snapshot), "prompt": str(snapshot["prompt"])[:_LISTED_PROMPT]}


def present_accepted(snapshot: Mapping[str, Any], hint: Optional[str] = None) -> dict[str, Any]:
    """What somebody wants to know who has just asked for it.

    Args:
        snapshot: The project's.
        hint: What else could have been asked for.
    """
    known = {**snapshot, "links": project_links(str(snapshot["id"])), "hint": hint}
    return {name: known[name] for name in AcceptedProjectModel.__fields__}
