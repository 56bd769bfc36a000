"""A server with five projects, dev servers and an install is killed, or stopped: each project is as it was."""

import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
import trio

from tests.faults.projects_round import (
    ProjectsRound,
    Seen,
    assert_no_less,
    broken,
    command,
    contents,
    family,
    go_on,
    gone,
)
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROMPTS = (
    "keep track of the books that I lend to friends",
    "a habit tracker",
    "recipes of my grandmother, with ratings",
    "a kanban board for our studio",
    "wine cellar",
)
KILLED_AT = ("typescript@5.9.3", "prettier@3.6.2")
STOPPED_AT = ("next@15.5.6", "lodash@4.17.21")
"""What an install fetches when its server ends: so much that it is not over when the first of it has arrived."""

STOPPED_S = 10.0
"""Seconds that a server takes at most to stop in order, with all that runs for it."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A directory for one server after the other, which share what was installed."""
    path = Path(tempfile.mkdtemp(prefix="callboard-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


async def five(found: ProjectsRound) -> dict[str, Seen]:
    """Have five projects with dev servers that run; return what they are."""
    listed = (await found.client.get("/api/projects")).json()["projects"]
    projects = sorted(str(project["id"]) for project in listed) or [await found.make(prompt) for prompt in PROMPTS]
    for project in projects:
        assert (await found.ended(project))["state"] == "succeeded"
        await found.shown(project)
    return {project: await found.see(project) for project in projects}


async def end_at_work(
    found: ProjectsRound, project: str, packages: Sequence[str], end: Callable[[], Awaitable[object]]
) -> float:
    """End a server while five dev servers run and a project installs; return how long its processes lived on."""
    before = len(contents(found.store))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(found.keep_installing, project, packages)
        await until(lambda: len(contents(found.store)) > before, 60, "a package that arrives")
        assert found.installs(), "the install was over too soon"
        processes = family(found.server)
        assert sum("vite.js" in command(pid) for pid, _ in processes) >= len(PROMPTS)
        await end()
        lived = await gone(found.server, processes)
    assert not found.installs()
    return lived


async def check(found: ProjectsRound, before: dict[str, Seen]) -> None:
    """Each project is as it was, and comes back when it is asked for."""
    for project, seen in before.items():
        assert_no_less(seen, await found.see(project))
        await found.verify(project)
    assert broken(found.store) == []
    project = next(iter(before))
    await found.shown(project)
    assert list(found.layout(project).staging.iterdir()) == [], "what an install left"


async def test_killed(folder: Path) -> None:
    """Nothing that it had started outlives it by 3 s; the install that was broken off is made good by the next one."""
    async with go_on(folder) as found:
        before = await five(found)
        project = next(iter(before))
        await end_at_work(found, project, KILLED_AT, found.server.kill)
    async with go_on(folder) as found:
        await check(found, before)
        result = await found.tool(project, "install_dependencies", packages=KILLED_AT)
        assert result["ok"], result
        await found.verify(project)
        assert broken(found.store) == []
        await found.shown(project)


async def test_stopped_in_order(folder: Path) -> None:
    """It takes all that it had started with it, and does not wait for what it runs."""

    async def stop() -> None:
        assert await found.server.stop(STOPPED_S) == 0

    async with go_on(folder) as found:
        before = await five(found)
        await end_at_work(found, next(iter(before)), STOPPED_AT, stop)
        assert "Traceback" not in found.server.said
    async with go_on(folder) as found:
        await check(found, before)
