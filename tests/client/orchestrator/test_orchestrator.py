"""Runs and their messages, over HTTP, with an agent that does what the test says."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Optional

import httpx
import pytest
import trio

from client.errors import LocalProblem
from client.orchestrator.following import EventParser, RunEvent
from client.orchestrator.main import open_orchestrator
from tests import needs
from tests.client.orchestrator.standin import (
    DONE,
    PATIENCE,
    STEPS,
    StandIn,
    World,
    build,
    message,
    open_agent,
    open_world,
    settings_for,
)

pytestmark = pytest.mark.real


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """An orchestrator and an agent."""
    async with open_world(tmp_path) as world:
        yield world


async def read_events(world: World, path: str, count: int, after: Optional[int] = None) -> list[RunEvent]:
    """Read so many events of a stream, leaving out output."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    found: list[RunEvent] = []
    parser = EventParser()
    with trio.move_on_after(PATIENCE) as reading:
        async with world.client.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200
            async for chunk in answer.aiter_raw():
                found += [event for event in parser.feed(chunk) if event.type != "log"]
                if len(found) >= count:
                    reading.cancel()
    assert len(found) >= count
    return found[:count]


async def test_a_whole_round(world: World) -> None:
    """A prompt becomes an app that is healthy, and the messages are there in order."""
    needs.npm()
    world.agent.script = build
    run = await world.create("A habit tracker")
    shown = await world.until(run["id"], app="healthy")
    assert (shown["state"], shown["prompt"]) == ("built", "A habit tracker")
    order = world.agent.orders[0]
    assert order == {
        "runId": run["id"],
        "prompt": "A habit tracker",
        "workspaceId": run["workspaceId"],
        "assignedPort": run["assignedPort"],
    }
    messages = await world.messages(run["id"])
    assert [item["content"] for item in messages] == [*STEPS, DONE]
    assert not any(item["late"] or item["repeated"] for item in messages)
    async with httpx.AsyncClient(trust_env=False) as client:
        app = await client.get(f"http://127.0.0.1:{run['assignedPort']}/")
        assert "It runs" in app.text
        ended = await world.client.delete(f"/api/runs/{run['id']}")
        assert ended.json()["app"]["state"] == "stopped"
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{run['assignedPort']}/")
    assert (await world.client.delete(f"/api/runs/{run['id']}?forget=true")).status_code == 204
    assert (await world.client.get("/api/runs")).json() == {"runs": []}


async def test_late_and_repeated_messages(world: World) -> None:
    """They are kept, and said to be what they are."""
    run = (await world.create())["id"]
    assert (await world.agent.say(run, "one", second=1))["number"] == 1
    assert (await world.agent.say(run, "three", second=3))["number"] == 2
    assert (await world.agent.say(run, "two", second=2))["late"]
    assert (await world.agent.say(run, "one", second=1))["repeated"]
    await world.agent.say(run, DONE, "success", 9)
    assert (await world.agent.say(run, "after the end", second=10))["late"]
    marks = [(item["content"], item["late"], item["repeated"]) for item in await world.messages(run)]
    assert marks[2:4] == [("two", True, False), ("one", False, True)]
    assert len(marks) == 6


REFUSED: tuple[tuple[str, object, str, int], ...] = (
    ("/api/runs/run-none/message", message("hello"), "application/json", 404),
    ("/api/runs/{run}/message", {"type": "status"}, "application/json", 422),
    ("/api/runs/{run}/message", message("hello"), "text/plain", 415),
    ("/api/runs/{run}/message", [], "application/json", 422),
    ("/api/runs/{run}/message", None, "application/json", 400),
    ("/api/runs/{run}/message", message("x" * 1_100_000), "application/json", 413),
    ("/api/runs", {}, "application/json", 422),
    ("/api/runs", {"prompt": "x"}, "application/x-www-form-urlencoded", 415),
    ("/api/runs", {"prompt": "x" * 100_001}, "application/json", 413),
    ("/api/runs/{run}/start", {}, "application/json", 409),
    ("/api/runs/{run}/start", {}, "text/plain", 415),
    ("/api/workspaces/there/exec", {"command": "true"}, "text/plain", 415),
    ("/api/workspaces/there/exec", {"command": ""}, "application/json", 422),
    ("/api/workspaces/there/exec", {"command": "x" * 33_000}, "application/json", 422),
    ("/api/workspaces/there/exec", {"command": "echo \ud800"}, "application/json", 422),
    ("/api/workspaces/absent/exec", {"command": "true"}, "application/json", 404),
    ("/api/workspaces/link/exec", {"command": "true"}, "application/json", 404),
    ("/api/workspaces/../exec", {"command": "true"}, "application/json", 404),
    ("/api/workspaces/%2e%2e/exec", {"command": "true"}, "application/json", 422),
    ("/api/workspaces/a%20b/exec", {"command": "true"}, "application/json", 422),
)


async def test_refusals(world: World) -> None:
    """Each is answered with its status, in words, and changes nothing."""
    run = (await world.create())["id"]
    (world.agent.workspaces / "there").mkdir()
    (world.agent.workspaces / "link").symlink_to(world.agent.workspaces / "there")
    for path, body, kind, status in REFUSED:
        content = b"{" if body is None else json.dumps(body).encode()
        answer = await world.client.post(path.format(run=run), content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
    assert await world.messages(run) == []


async def test_other_pages_are_refused(world: World) -> None:
    """The edge is in front of everything, the page too; its own policy lets nothing in."""
    for headers in ({"Host": "evil.example"}, {"Origin": "http://localhost:5000"}, {"Sec-Fetch-Site": "same-site"}):
        assert (await world.client.get("/api/runs", headers=headers)).status_code in {403, 421}
    page = await world.client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert (await world.client.get("/", headers={"If-None-Match": page.headers["etag"]})).status_code == 304
    assert (await world.client.get("/assets/../main.py")).status_code == 404


async def test_streams_go_on_where_they_were(world: World) -> None:
    """Each event has a number, and none comes twice."""
    run = (await world.create())["id"]
    for number in range(3):
        await world.agent.say(run, str(number), second=number)
    path = f"/api/runs/{run}/stream"
    events = await read_events(world, path, 8)
    assert [event.seq for event in events] == list(range(1, 9))
    assert [event.data["content"] for event in events if event.type == "message"] == ["0", "1", "2"]
    assert await read_events(world, path, 3, after=5) == events[5:]
    everything = await read_events(world, "/api/runs/stream", 1)
    assert everything[0].data["id"] == run
    await world.client.delete(f"/api/runs/{run}?forget=true")
    removed = await read_events(world, "/api/runs/stream", 1, after=everything[0].seq)
    assert (removed[0].type, removed[0].data["id"]) == ("removed", run)


async def test_no_agent(tmp_path: Path) -> None:
    """A person is told what to do, and no run is left."""
    async with open_world(tmp_path, agent="http://127.0.0.1:1") as world:
        answer = await world.client.post("/api/runs", json={"prompt": "x"})
        assert answer.status_code == 504
        assert "callboard serve" in answer.json()["hint"]
        assert "http://127.0.0.1:1" in answer.json()["detail"]
        assert (await world.client.get("/api/runs")).json() == {"runs": []}


async def test_an_agent_that_refuses(world: World) -> None:
    """Its own words are passed on."""
    world.agent.refusal = ({"detail": "The queue is full.", "hint": "Come back."}, 503)
    answer = await world.client.post("/api/runs", json={"prompt": "x"})
    assert (answer.status_code, answer.json()["hint"]) == (502, "Come back.")
    assert "The queue is full." in answer.json()["detail"]


async def test_the_old_shape(tmp_path: Path) -> None:
    """Three fields; the app is then where the first contract has it."""
    async with open_world(tmp_path, old_shape=True, first_port=21_500) as world:
        run = await world.create("x")
        assert set(world.agent.orders[0]) == {"runId", "prompt", "workspaceId"}
        assert run["assignedPort"] == 21_500


async def test_ports(world: World) -> None:
    """No two runs have the same one."""
    runs = [await world.create() for _ in range(3)]
    assert len({run["assignedPort"] for run in runs}) == 3


async def test_cancelling(world: World) -> None:
    """The agent is told, and its last message is still taken."""
    run = (await world.create())["id"]
    ended = await world.client.delete(f"/api/runs/{run}")
    assert (ended.json()["state"], world.agent.cancelled) == ("cancelled", [run])
    assert not (await world.agent.say(run, "The build was cancelled.", "error"))["late"]
    assert (await world.run(run))["state"] == "cancelled"


async def _fail(agent: StandIn, order: Mapping[str, Any]) -> None:
    """Complain, and be gone."""
    await agent.say(order["runId"], "The disk is full.", "error")
    agent.builds[order["runId"]] = {"state": "failed", "delivery": {"waiting": 0}}


async def test_a_build_that_fails(world: World) -> None:
    """The last message says why."""
    world.agent.script = _fail
    run = await world.create()
    assert (await world.until(run["id"], state="failed"))["reason"] == "The disk is full."


async def test_a_build_that_ends_in_silence(world: World) -> None:
    """The agent is asked about a build that it says nothing of."""
    run = (await world.create())["id"]
    world.agent.builds[run] = {"state": "interrupted", "reason": "It was restarted.", "delivery": {"waiting": 0}}
    assert "It was restarted." in (await world.until(run, state="failed"))["reason"]


async def test_an_app_that_is_not_healthy(tmp_path: Path) -> None:
    """It is said, with the reason."""
    async with open_world(tmp_path, health_seconds=0.2) as world:
        run = (await world.create())["id"]
        await world.agent.say(run, DONE, "success")
        shown = await world.until(run, app="unhealthy")
        assert "/api/health" in shown["app"]["detail"]


@asynccontextmanager
async def _again(agent: StandIn, state: Path) -> AsyncIterator[World]:
    """Open an orchestrator on a state that may be there already."""
    async with open_orchestrator(settings_for(agent, state)) as orchestrator:
        agent.orchestrator = orchestrator.url
        async with httpx.AsyncClient(base_url=orchestrator.url, trust_env=False, timeout=PATIENCE) as client:
            yield World(orchestrator, agent, client)


async def test_a_restart(tmp_path: Path) -> None:
    """Runs and messages are there again, a repeated message is known, and the app can be started again."""
    needs.npm()
    async with open_agent(tmp_path / "workspaces") as agent:
        async with _again(agent, tmp_path / "state") as world:
            with pytest.raises(LocalProblem, match="another orchestrator"):
                async with _again(agent, tmp_path / "state"):
                    pass
            agent.orchestrator = world.orchestrator.url
            agent.script = build
            run = (await world.create())["id"]
            await world.until(run, app="healthy")
        async with _again(agent, tmp_path / "state") as world:
            assert (await world.run(run))["app"]["state"] == "stopped"
            assert len(await world.messages(run)) == 7
            assert (await agent.say(run, STEPS[0], second=0))["repeated"]
            assert (await agent.say(run, "a new one", second=99))["late"]
            assert (await world.client.post(f"/api/runs/{run}/start", json={})).status_code == 200
            await world.until(run, app="healthy")
