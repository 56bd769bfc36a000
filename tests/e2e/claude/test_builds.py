"""Builds for which Claude makes the app: as projects that nobody has to know of, unless something goes wrong."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests import needs
from tests.e2e.builds.outside import Outside, open_outside
from tests.e2e.builds.rounds import SEVEN, Round, app_page
from tests.e2e.claude.world import GONE_S, World
from tests.ports import free_port
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


@asynccontextmanager
async def _orchestrator(world: World) -> AsyncIterator[Outside]:
    root = world.place / "workspaces"
    root.mkdir()
    async with open_outside(root) as outside:
        yield outside


@asynccontextmanager
async def _round(world: World, outside: Outside, **settings: Any) -> AsyncIterator[Round]:
    usual = {"orchestrator_url": outside.url, "workspaces_root": outside.root, "generator": "claude"}
    async with world.open(**{**usual, **settings}) as visit:
        yield Round(outside, visit.server, visit.client)


async def _projects(found: Round) -> list[Mapping[str, Any]]:
    answer = await found.client.get("/api/projects")
    projects: list[Mapping[str, Any]] = answer.json()["projects"]
    return projects


async def _said(found: Round, run: str, words: str) -> None:
    await until(lambda: words in found.outside.contents(run), 60, words)


async def test_an_app_that_runs(world: World) -> None:
    """From the request to an app that answers, with npm itself; nothing is left of the project."""
    needs.npm()
    port = free_port()
    async with _orchestrator(world) as outside, _round(world, outside) as found:
        outside.real = True
        await found.ask("run", prompt="Make a page. scenario=page", assignedPort=port)
        end = await found.check("run")
        assert (end["pipeline"], end["result"]["generator"]) == ("claude", "claude")
        assert end["result"]["turns"] == len(world.asked("page"))
        assert end["result"]["cost_usd"] > 0
        said = outside.contents("run")
        assert [line for line in said if line in SEVEN] == SEVEN
        assert any(line.startswith("Wrote index.html (") for line in said)
        assert {"type": "assistant", "content": "I write a page."}.items() <= outside.messages["run"][5].items()
        assert "<h1>Page</h1>" in (await app_page(port)).text
        assert await _projects(found) == []
        assert "`npm start`" in str(world.asked("page")[0]["messages"])
        await world.no_agents()
    assert list((world.place / "projects").iterdir()) == []


async def test_cancelled(world: World) -> None:
    """Its agent ends, and nothing of the project is left."""
    async with _orchestrator(world) as outside, _round(world, outside) as found:
        await found.ask("run", prompt="Make a page. scenario=page-slow")
        await _said(found, "run", "I start it.")
        assert (await found.client.delete("/api/builds/run")).status_code == 200
        await world.no_agents()
        assert (await found.end("run"))["state"] == "cancelled"
        await until(lambda: not list((world.place / "projects").iterdir()), GONE_S, "the end of the project")
        assert await _projects(found) == []


async def test_what_was_paid_for_is_kept(world: World) -> None:
    """A budget that is used up fails the build, which names the project; it can go on."""
    async with _orchestrator(world) as outside, _round(world, outside, claude_turns=3) as found:
        await found.ask("run", prompt="Make a page. scenario=page-loop")
        end = await found.check("run", "failed")
        assert end["result"] == {"code": "budget_reached"}
        (project,) = await _projects(found)
        assert (project["state"], project["usage"]["turns"]) == ("paused", 3)
        last = outside.messages["run"][-1]
        assert last["type"] == "error"
        for words in (f"callboard continue {project['id']} --budget-turns", f"callboard pull {project['id']} DIR"):
            assert words in last["content"]


async def test_the_server_is_killed(world: World) -> None:
    """What had begun is broken off, and stays; what waited is not begun for a build that nobody goes on with."""
    async with _orchestrator(world) as outside:
        async with _round(world, outside, projects_at_once=1) as found:
            await found.ask("begun", prompt="Make a page. scenario=page-slow")
            await _said(found, "begun", "I start it.")
            await found.ask("waits", prompt="Make a page. scenario=page")
            await until(lambda: len(outside.contents("waits")) >= 3, 60, "the second project")
            await found.server.kill()
        async with _round(world, outside, projects_at_once=1) as found:
            for run in ("begun", "waits"):
                assert (await found.end(run))["state"] == "interrupted"
                assert "each run may cost" in outside.contents(run)[-1]
            states = {project["name"]: project["state"] for project in await _projects(found)}
            assert states == {"ws-begun": "interrupted", "ws-waits": "cancelled"}
            assert world.asked("page") == []


async def test_the_server_stops(world: World) -> None:
    """In order: the project stays, to be continued."""
    async with _orchestrator(world) as outside:
        async with _round(world, outside) as found:
            await found.ask("run", prompt="Make a page. scenario=page-slow")
            await _said(found, "run", "I start it.")
            assert await found.server.stop() == 0
        async with _round(world, outside) as found:
            assert (await found.end("run"))["state"] == "interrupted"
            (project,) = await _projects(found)
            assert project["state"] == "interrupted"


async def test_nobody_said_so(world: World) -> None:
    """A key that is there is no reason to spend money; both answers tell how to."""
    async with _orchestrator(world) as outside, _round(world, outside, generator="") as found:
        await found.ask("run")
        end = await found.check("run")
        assert end["pipeline"] == "template"
        assert "CALLBOARD_PIPELINE=claude" in outside.contents("run")[2]
        made = (await found.client.post("/api/generate", json={"prompt": "a habit tracker"})).json()
        assert made["generator"] == "template"
        assert '"generator": "claude"' in made["hint"]
        named = {"prompt": "a habit tracker", "generator": "template"}
        assert (await found.client.post("/api/generate", json=named)).json()["hint"] is None
    assert world.api.asked() == []
