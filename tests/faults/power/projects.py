"""Projects under a loss of power: what clients do with them, and what has to be there afterwards."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import httpx
import trio

from actors.projects.layout import Layout
from actors.projects.versions.store import VersionStore
from actors.runtime.errors import CallboardError
from tests.e2e.jobs import FINAL
from tests.faults.power.promises import Accepted, Asked, Gone, Promise, Promises, Prompted, Rearranged, Told, Versioned
from tests.waiting import until

_MADE_S = 60
_PAGE = 500

# Each names the starter that needs neither Node nor a package.
FIRST = "a habit tracker as a plain html page"
CHANGE = "make it green"
OTHER = "a recipe book as a plain html page"

REARRANGING: Sequence[tuple[Sequence[str], str, Optional[str]]] = (
    (("rm", "old/gone.txt"), "old/gone.txt", None),
    (("rm", "-r", "old/dir"), "old/dir", None),
    (("mv", "old/moved.txt", "new"), "old/moved.txt", "new/moved.txt"),
)
"""Commands, each with what is gone after it and what is there. No `cp`: how it copies, a trace does not tell."""


@dataclass
class ProjectLoad:
    """What clients do with projects.

    Attributes:
        client: Of the server.
        promises: What comes of it.
    """

    client: httpx.AsyncClient
    promises: Promises

    async def run(self) -> None:
        """Make one, move its files about and change it, make another and remove it, and leave a third one at work."""
        first = await self.make(FIRST)
        await self.ended(first)
        await self.rearrange(first)
        await self.change(first, 2, CHANGE)
        second = await self.make(OTHER)
        for project in (first, second):
            await self.ended(project)
        await self.remove(second)
        await self.make(OTHER)

    async def make(self, prompt: str) -> str:
        """Ask for a project."""
        answer = await self.client.post("/api/generate", json={"prompt": prompt})
        assert answer.status_code == 202, answer.text
        project = str(answer.json()["id"])
        self.promises.add(Accepted(project))
        self.promises.add(Prompted(project, 1, prompt))
        return project

    async def change(self, project: str, run: int, prompt: str) -> None:
        """Send a follow-up."""
        answer = await self.client.post(f"/api/projects/{project}/messages", json={"prompt": prompt})
        assert answer.status_code == 202, answer.text
        self.promises.add(Prompted(project, run, prompt))

    async def rearrange(self, project: str) -> None:
        """Write files with the tools, then remove and move them with commands."""
        for path in ("old/gone.txt", "old/dir/gone.txt", "old/moved.txt", "new/there.txt"):
            await self.use(project, "write_file", path=path, content=f"{path}\n")
        for argv, gone, there in REARRANGING:
            asked = time.time()
            await self.use(project, "run_command", argv=argv)
            self.promises.add(Rearranged(project, gone, there, asked))

    async def use(self, project: str, tool: str, **parameters: Any) -> None:
        """Use a tool."""
        answer = await self.client.post(f"/api/projects/{project}/tools/{tool}", json=parameters)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ok"], answer.text

    async def ended(self, project: str) -> None:
        """Wait for the end of its run, and note what it has told and made."""

        async def over() -> bool:
            return (await _status(self.client, project))["state"] in FINAL

        await until(over, _MADE_S, f"the end of {project}")
        status = await _status(self.client, project)
        assert status["state"] == "succeeded", status
        answer = await self.client.get(f"/events/{project}", params={"limit": _PAGE})
        for event in answer.json()["events"]:
            self.promises.add(Told(project, event))
            if event["type"] == "version_created":
                self.promises.add(Versioned(project, event["data"]["version"]))

    async def remove(self, project: str) -> None:
        """Remove one, with all that it has."""
        self.promises.add(Asked(project))
        answer = await self.client.delete(f"/api/projects/{project}")
        assert answer.status_code == 204, answer.text
        self.promises.add(Gone(project))


async def _status(client: httpx.AsyncClient, project: str) -> dict[str, Any]:
    answer = await client.get(f"/api/projects/{project}")
    assert answer.status_code == 200, answer.text
    status: dict[str, Any] = answer.json()
    return status


def layout_of(root: Path, project: str) -> Layout:
    """Where a project's things are, on a disk that is at `root`."""
    return Layout(root / "projects" / project, root / "data" / "projects" / project)


def missing_of_project(
    root: Path, connection: sqlite3.Connection, project: str, promises: Sequence[Promise]
) -> list[str]:
    """Tell what of a project is missing that was promised; blocks."""
    row = connection.execute("SELECT snapshot FROM actors WHERE id = ?", (project,)).fetchone()
    if row is None:
        return [f"{project} is not in the journal"]
    layout, snapshot = layout_of(root, project), json.loads(row[0])
    if not layout.app.is_dir():
        return [f"{project} has no app"]
    prompted = [promise for promise in promises if isinstance(promise, Prompted) and promise.id == project]
    versions = {promise.version for promise in promises if isinstance(promise, Versioned) and promise.id == project}
    rearranged = [promise for promise in promises if isinstance(promise, Rearranged) and promise.id == project]
    return [*_prompts(layout, snapshot, prompted), *_versions(layout, versions), *_rearranged(layout, rearranged)]


def _rearranged(layout: Layout, rearranged: Sequence[Rearranged]) -> Iterator[str]:
    for promise in rearranged:
        if (layout.app / promise.gone).exists():
            yield f"back: {promise}"
        if promise.there is not None and not _content(layout.app / promise.there):
            yield f"gone: {promise}"


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _prompts(layout: Layout, snapshot: dict[str, Any], prompted: Sequence[Prompted]) -> Iterator[str]:
    for promise in prompted:
        path = layout.prompts / f"{promise.run:06}.txt"
        if not path.exists() or path.read_text("utf-8") != promise.prompt:
            yield f"gone: {promise}"
        elif snapshot["run"] < promise.run:
            yield f"not in the journal: {promise}"


def _versions(layout: Layout, versions: set[str]) -> Iterator[str]:
    if not versions:
        return
    page = layout.app / "index.html"
    if not page.exists() or not page.stat().st_size:
        yield f"the app of {layout.project.name} has no page"
    store = VersionStore(layout.versions)
    for version in sorted(versions):
        try:
            store.get(version)
        except CallboardError as error:
            yield f"{version} of {layout.project.name} is gone: {error.problem}"
    yield from (f"{layout.project.name}: {problem}" for problem in store.verify().problems)


async def check_projects(root: Path, client: httpx.AsyncClient, projects: set[str], gone: set[str]) -> None:
    """Check that each has come to its end, that its app is what its newest version is, and that none has come back.

    Args:
        root: Where the disk is.
        client: Of a server on it.
        projects: Those that have to be there.
        gone: Those of which nothing may be left.

    Raises:
        AssertionError: It is not so.
    """
    for project in sorted(projects):
        status, layout = await _status(client, project), layout_of(root, project)
        assert status["state"] == "succeeded", status
        assert (layout.app / "index.html").is_file(), f"the app of {project} is empty"
        after = await trio.to_thread.run_sync(VersionStore(layout.versions).snapshot, layout.app)
        assert after is None, f"the app of {project} is not what {status['version']} is: {after}"
    for project in sorted(gone):
        layout = layout_of(root, project)
        hidden = layout.project.with_name(f".removed-{project}")
        left = [str(path) for path in (layout.project, hidden, layout.own) if path.exists()]
        assert left == [], f"of {project}, which was removed, this is left: {left}"
