"""A copy of a project: of one of its versions, with the prompts, and the session, that it came from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Optional

from actors.journal.base import Change, NewEvent
from actors.projects import directories
from actors.projects.base import KIND
from actors.projects.layout import Layout
from actors.projects.reporter import Memory
from actors.projects.versions.store import VersionStore
from actors.runs.states import State, Status


def forked_memory(source: Mapping[str, Any], version: str, name: Optional[str]) -> Memory:
    """What a copy remembers: whose it is, and what a person allowed; what its original has used is not its own.

    Args:
        source: The snapshot of the original.
        version: The version that is copied.
        name: What the copy is called; None as the original.
    """
    before = Memory.from_json(source)
    return replace(
        Memory(before.run, before.prompt, before.generator, name or before.name),
        begun=before.run,
        budget=before.budget,
        version="v1",
        forked_from={"id": source["id"], "version": version},
    )


def forked_change(project_id: str, memory: Memory) -> Change:
    """The change that makes the journal know a copy, whose run has ended."""
    status = Status(State.SUCCEEDED, attempt=1, percent=100.0, reason="A copy of another project.")
    base = {"id": project_id, "kind": KIND, "created": "", **memory.as_json(), **status.as_json()}
    event = NewEvent("state", {"state": status.state.value, "attempt": 1, "reason": status.reason})
    request = {"name": memory.name}
    return Change(project_id, status.state.value, 1, base, (event,), kind=KIND, request=request, create=True)


def copy_project(source: Layout, store: VersionStore, version: str, target: Layout) -> None:
    """Make the directories of a copy; blocks.

    Args:
        source: Where the original is.
        store: Its versions.
        version: The one that is copied.
        target: Where the copy goes.
    """
    directories.open_root(target.project.parent)
    directories.make(target, "")
    directories.copy_prompts(source, target)
    directories.copy_session(source, target)
    store.fork(version, target.app)
    label = f"forked from {source.project.name} {version}"
    VersionStore(target.versions).snapshot(target.app, label=label, cause="fork")
