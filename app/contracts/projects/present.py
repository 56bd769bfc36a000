"""A project's snapshot, as it is answered."""

from collections.abc import Mapping
from typing import Any

from app.contracts.projects.models import AcceptedProjectModel, ProjectModel, ProjectProgressModel
from app.links import project_links

_LISTED_PROMPT = 200
"""Characters of a prompt in a list, to keep it readable."""


def present(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """All that is documented of it."""
    known = {
        **snapshot,
        "step": snapshot["stage"],
        "progress": {name: snapshot.get(name) for name in ProjectProgressModel.__fields__},
        "versions": {"latest": snapshot.get("version")},
        "links": project_links(str(snapshot["id"])),
    }
    return {name: known.get(name, field.default) for name, field in ProjectModel.__fields__.items()}


def present_listed(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with less of the prompt."""
    return {**present(snapshot), "prompt": str(snapshot["prompt"])[:_LISTED_PROMPT]}


def present_accepted(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody wants to know who has just asked for it."""
    known = {**snapshot, "links": project_links(str(snapshot["id"]))}
    return {name: known[name] for name in AcceptedProjectModel.__fields__}
