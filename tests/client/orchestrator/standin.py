"""A builder agent that does what a test says, and an app that Node runs."""

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional, cast

import httpx
import trio
from quart import jsonify, request
from quart.typing import ResponseReturnValue
from quart_trio import QuartTrio

from client.orchestrator.edge import AsgiApp
from client.orchestrator.main import Orchestrator, open_orchestrator
from client.orchestrator.serving import open_serving, open_sockets
from client.orchestrator.settings import OrchestratorSettings

PATIENCE = 60.0
FIRST_PORT = 22_000 + 50 * (os.getpid() % 100)
"""Of apps: a port is free until its app listens, and tests may run in several processes at once."""
DONE = "\u2705 Application build completed. Orchestrator will verify health."
STEPS = (
    "Initializing Happy Llama Python agent...",
    "Generating PRD and technical specifications...",
    "Creating application structure...",
    "Building frontend components...",
    "Installing dependencies...",
    "Starting application server...",
)
PACKAGE = json.dumps({"name": "app", "private": True, "scripts": {"start": "node server.js"}})
SERVER = """
require("node:http").createServer((request, response) => {
  const health = request.url === "/api/health";
  response.setHeader("content-type", health ? "application/json" : "text/html");
  response.end(health ? '{"status":"ok"}' : "<!doctype html><title>app</title><h1>It runs</h1>");
}).listen(process.env.PORT, "0.0.0.0", () => console.log("listening on " + process.env.PORT));
"""


def message(content: str, kind: str = "status", second: float = 0) -> dict[str, str]:
    """A message as an agent sends it."""
    said = datetime.fromtimestamp(1_800_000_000 + second, timezone.utc)
    return {"type": kind, "content": content, "timestamp": said.isoformat(timespec="milliseconds")}


@dataclass
class StandIn:
    """An agent.

    Attributes:
        workspaces: Where it has its workspaces.
        orchestrator: Where its messages go.
        orders: What it was asked for.
        cancelled: Which builds were cancelled.
        builds: What it says about builds; nothing known is a 404.
        script: What it does for an order.
        refusal: What it answers in place of taking a build.
        url: Where it listens.
    """

    workspaces: Path
    orchestrator: str = ""
    orders: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    builds: dict[str, dict[str, Any]] = field(default_factory=dict)
    script: Optional[Callable[["StandIn", Mapping[str, Any]], Any]] = None
    refusal: Optional[tuple[dict[str, Any], int]] = None
    url: str = ""

    async def post(self, path: str, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        """Send JSON to the orchestrator."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            return await client.post(self.orchestrator + path, json=dict(body), headers=headers)

    async def say(self, run: str, content: str, kind: str = "status", second: float = 0) -> dict[str, Any]:
        """Send a message."""
        answer = await self.post(f"/api/runs/{run}/message", message(content, kind, second))
        assert answer.status_code == 200, answer.text
        return cast("dict[str, Any]", answer.json())

    async def execute(self, workspace: str, command: str, **headers: str) -> dict[str, Any]:
        """Have a command run."""
        path = f"/api/workspaces/{workspace}/exec"
        answer = await self.post(path, {"command": command, "metrics": "run"}, **headers)
        return cast("dict[str, Any]", answer.json())

    def write_app(self, workspace: str, server: str = SERVER) -> Path:
        """Write a small app into a workspace."""
        directory = self.workspaces / workspace
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "package.json").write_text(PACKAGE)
        (directory / "server.js").write_text(server)
        return directory


async def build(agent: StandIn, order: Mapping[str, Any]) -> None:
    """Build an app, as an agent does."""
    run, workspace = order["runId"], order["workspaceId"]
    for number, step in enumerate(STEPS[:4]):
        await agent.say(run, step, second=number)
    agent.write_app(workspace)
    await agent.say(run, STEPS[4], second=4)
    # There is nothing to install, and npm takes its time to find out.
    await agent.execute(workspace, "echo installed")
    await agent.say(run, STEPS[5], second=5)
    started = await agent.execute(workspace, "npm start")
    assert started["status"] == "started", started
    await agent.say(run, DONE, "success", second=6)


def _make_app(agent: StandIn, nursery: trio.Nursery) -> QuartTrio:
    app = QuartTrio(__name__)

    @app.get("/health/ready")
    async def ready() -> ResponseReturnValue:
        return jsonify(workspaces=str(agent.workspaces), orchestrator=agent.orchestrator or None)

    @app.post("/api/build")
    async def start() -> ResponseReturnValue:
        order = await request.get_json()
        if agent.refusal is not None:
            return agent.refusal
        agent.orders.append(order)
        if agent.script is not None:
            nursery.start_soon(agent.script, agent, order)
        return jsonify(status="started", runId=order["runId"], message="Agent is building your application...")

    @app.get("/api/builds/<run>")
    async def status(run: str) -> ResponseReturnValue:
        known = agent.builds.get(run)
        return jsonify(known) if known else (jsonify(detail="There is no such build."), 404)

    @app.delete("/api/builds/<run>")
    async def cancel(run: str) -> ResponseReturnValue:
        agent.cancelled.append(run)
        return jsonify(id=run, state="cancelled")

    return app


@asynccontextmanager
async def open_agent(workspaces: Path) -> AsyncIterator[StandIn]:
    """Serve a stand-in on a free port."""
    await trio.Path(workspaces).mkdir(exist_ok=True)
    agent = StandIn(workspaces)
    sockets = open_sockets(0)
    agent.url = f"http://localhost:{sockets[0].getsockname()[1]}"
    async with trio.open_nursery() as nursery:
        app = cast("AsgiApp", _make_app(agent, nursery))
        async with open_serving(app, sockets):
            yield agent
        nursery.cancel_scope.cancel()


@dataclass
class World:
    """An orchestrator and its agent.

    Attributes:
        orchestrator: The one.
        agent: The other.
        client: Asks the orchestrator.
    """

    orchestrator: Orchestrator
    agent: StandIn
    client: httpx.AsyncClient

    async def create(self, prompt: str = "a habit tracker") -> dict[str, Any]:
        """Start a run."""
        answer = await self.client.post("/api/runs", json={"prompt": prompt})
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.json())

    async def run(self, run: str) -> dict[str, Any]:
        """Look at a run."""
        return cast("dict[str, Any]", (await self.client.get(f"/api/runs/{run}")).json())

    async def messages(self, run: str) -> list[dict[str, Any]]:
        """Look at a run's messages."""
        found = (await self.client.get(f"/api/runs/{run}/messages")).json()["messages"]
        return cast("list[dict[str, Any]]", found)

    async def until(self, run: str, *, state: str = "", app: str = "") -> dict[str, Any]:
        """Wait until a run, or its app, is in a state."""
        shown: dict[str, Any] = {}
        with trio.move_on_after(PATIENCE):
            while True:
                shown = await self.run(run)
                if state in ("", shown["state"]) and app in ("", shown["app"]["state"]):
                    return shown
                await trio.sleep(0.02)  # between looks, with a deadline: the routes tell only who asks
        raise AssertionError(f"never {state} {app}: {shown}")


def settings_for(standin: StandIn, state: Path, **changes: Any) -> OrchestratorSettings:
    """Settings that do not wait for long."""
    quick = OrchestratorSettings(
        state=state,
        port=0,
        agent=standin.url,
        first_port=FIRST_PORT,
        watch_every=0.05,
        health_every=0.2,
        settle_seconds=0.3,
    )
    return replace(quick, **changes)


@asynccontextmanager
async def open_world(folder: Path, **changes: Any) -> AsyncIterator[World]:
    """Open an orchestrator with an agent."""
    async with AsyncExitStack() as stack:
        agent = await stack.enter_async_context(open_agent(folder / "workspaces"))
        settings = settings_for(agent, folder / "state", **changes)
        orchestrator = await stack.enter_async_context(open_orchestrator(settings))
        agent.orchestrator = orchestrator.url
        client = httpx.AsyncClient(base_url=orchestrator.url, trust_env=False, timeout=PATIENCE)
        yield World(orchestrator, agent, await stack.enter_async_context(client))
