"""An agent server that keeps the contract, or breaks it in one way."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote, unquote

import httpx
import trio

from client.selftest.contract import COMPLETED, HEALTH, INSTALL, INSTALLING, SEVEN, START, STARTING, started
from client.selftest.http import Reply, Request, WholeBody
from tests.client.selftest.build import Build

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_AGAIN_S = 0.02
_LONGEST_S = 2.0
# The two builds that the kit asks for at once; all others are left alone by what mixes builds.
_MIXABLE = ("-one", "-two")


@dataclass
class Agent:
    """The server.

    Attributes:
        fault: How it breaks the contract; empty for not at all.
        nursery: Where builds run.
        client: Leads to the orchestrator.
        root: Where workspaces are.
        builds: By run id.
        running: The builds that run now, in the order of their requests.
    """

    fault: str
    nursery: trio.Nursery
    client: httpx.AsyncClient
    root: Path
    builds: dict[str, Build] = field(default_factory=dict)
    running: list[Build] = field(default_factory=list)
    met: trio.Event = field(default_factory=trio.Event)

    async def respond(self, request: Request) -> Reply:
        """Route a request."""
        await trio.lowlevel.checkpoint()
        if request.path == "/health":
            return Reply(200, {**HEALTH, "version": 1} if self.fault == "health" else HEALTH)
        if request.path == "/api/build":
            return await self._accept(request.value)
        build = self.builds.get(unquote(request.path.rpartition("/")[2]))
        if build is None:
            return Reply(404, {})
        if request.method == "DELETE":
            build.scope.cancel()
        return Reply(200, {"state": "running"})

    async def _accept(self, body: Any) -> Reply:
        """Take a request for a build."""
        problem = self._problem(body)
        if problem:
            return Reply(problem, {"detail": "this is no request for a build"})
        run_id = str(body["runId"])
        answer: dict[str, Any] = {**started(run_id)}
        known = self.builds.get(run_id)
        if self.fault == "answer":
            answer["extra"] = 1
        if known is not None and known.request != body:
            return Reply(200 if self.fault == "other-body" else 409, answer)
        if known is not None and self.fault == "other-answer":
            answer["message"] = "It is being built already"
        if known is None or self.fault == "second-build":
            known = self.builds[run_id] = Build(body)
            self.nursery.start_soon(self._build, known)
        if self.fault == "answers-when-done":
            await known.done.wait()
        return Reply(200, answer)

    def _problem(self, body: Any) -> int:
        """Return the status that refuses a request; 0 for a good one."""
        if not isinstance(body, dict) or any(name not in body for name in ("runId", "prompt", "workspaceId")):
            return 500 if self.fault == "crashes-on-bad-body" else 400
        if any(not isinstance(body[name], str) for name in ("runId", "prompt", "workspaceId")):
            return 0 if self.fault == "any-type" else 422
        if len(body["prompt"]) > 100 * 1024:
            return 400 if self.fault == "long-prompt" else 413
        unknown = "unknownField" in body and self.fault == "strict-fields"
        newer = "assignedPort" in body and self.fault == "old-shape-only"
        refusals = {
            "astray": not _is_id(body["workspaceId"]) and "../" in body["workspaceId"],
            "any-run-id": not _is_id(body["runId"]),
            "any-port": not _is_port(body.get("assignedPort", 5000)),
            "any-path": not Path(body.get("workspacePath", self.root)).is_relative_to(self.root),
        }
        others = unknown or newer or (not _is_id(body["workspaceId"]) and not refusals["astray"])
        return 422 if others or any(there for fault, there in refusals.items() if fault != self.fault) else 0

    async def _build(self, build: Build) -> None:
        """Build, and deliver beside that."""
        build.held = self.fault == "batches"
        if str(build.request["runId"]).endswith(_MIXABLE):
            self.running.append(build)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._deliver_all, build)
            with build.scope:
                await self._steps(build)
            if build.scope.cancelled_caught and self.fault != "cancels-silently":
                self._say(build, "error", "The build was cancelled; ask for it again")
            build.held, build.ended = False, True
            build.change()
        if build in self.running:
            self.running.remove(build)
        build.done.set()

    async def _steps(self, build: Build) -> None:
        """Say the seven, and run the two commands."""
        for content in self._beginning():
            self._say(build, "status", content)
            await self._settled(build)
        self._write(build)
        await self._rendezvous(build)
        if self.fault == "starting-early":
            self._say(build, "status", STARTING)
            await self._settled(build)
        if not await self._install(build):
            return
        if self.fault != "starting-early":
            self._say(build, "status", STARTING)
            await self._settled(build)
        if self.fault == "completed-early":
            self._complete(build)
            await self._settled(build)
        await self._exec(build, START)
        if self.fault != "completed-early":
            self._complete(build)
        if self.fault == "one-more":
            await self._settled(build)
            self._say(build, "status", "One more thing")

    def _write(self, build: Build) -> None:
        """Write the app, where a directory is shared."""
        if not Path(build.request.get("workspacePath", "")).is_relative_to(self.root):
            return
        port = 5000 if self.fault == "usual-port" else build.request["assignedPort"]
        app = Path(build.request["workspacePath"], "app" if self.fault == "elsewhere" else "")
        app.mkdir(parents=True)
        (app / "package.json").write_text(json.dumps({"scripts": {"start": f"node server.js {port}"}}))

    def _beginning(self) -> tuple[str, ...]:
        """Return what is said before the install."""
        order = list(SEVEN[: SEVEN.index(INSTALLING) + 1])
        if self.fault == "wrong-order":
            order[1], order[2] = order[2], order[1]
        return tuple(order)

    async def _install(self, build: Build) -> bool:
        """Install, and return whether to go on."""
        if self.fault == "no-install":
            return True
        if self.fault == "no-wait":
            self.nursery.start_soon(self._exec, build, INSTALL)
            return True
        code = await self._exec(build, INSTALL)
        if code and self.fault == "success-all-the-same":
            return True
        if code and self.fault != "no-last-message":
            words = "Something went wrong" if self.fault == "vague" else f"npm install failed with {code}; try again"
            self._say(build, "error", words)
        return not code

    async def _rendezvous(self, build: Build) -> None:
        """Let two builds meet, where the fault takes two."""
        if self.fault.startswith("mixes"):
            if len(self.running) > 1:
                self.met.set()
            with trio.move_on_after(2 if build in self.running else 0):
                await self.met.wait()

    def _complete(self, build: Build) -> None:
        """Say that it is done."""
        content = COMPLETED.replace("\u2705 ", "") if self.fault == "wrong-bytes" else COMPLETED
        self._say(build, "status" if self.fault == "wrong-type" else "success", content)

    def _say(self, build: Build, kind: str, content: str) -> None:
        """Put a message into the outbox."""
        if self.fault == "silent":
            return
        now = datetime.now(timezone.utc)
        if self.fault == "local-time":
            now += timedelta(hours=5)
        stamp = now.replace(tzinfo=None).isoformat() if self.fault == "no-offset" else now.isoformat()
        message = {"type": kind, "content": content, "timestamp": stamp}
        if self.fault == "extra-key":
            message["runId"] = "again"
        build.outbox.append(message)
        if self.fault == "unknown-type" and content == INSTALLING:
            build.outbox.append({**message, "type": "progress", "content": "50%"})
        build.change()

    async def _settled(self, build: Build) -> None:
        """Wait for the delivery, unless there is trouble with that."""
        while build.outbox and not build.held and (not build.failing or self.fault == "waits-for-delivery"):
            await build.changed.wait()
        if build.failing and self.fault == "stops-on-trouble":
            build.outbox.clear()
            build.scope.cancel()
            await trio.lowlevel.checkpoint()

    async def _deliver_all(self, build: Build) -> None:
        """Deliver in order until the build has ended and all is delivered."""
        while build.outbox or build.late or not build.ended:
            if build.held or not (build.outbox or (build.late and build.ended)):
                await build.changed.wait()
                continue
            message = build.outbox[0] if build.outbox else build.late[0]
            await self._deliver(build, message, build.outbox or build.late)

    async def _deliver(self, build: Build, message: Mapping[str, Any], box: list[dict[str, Any]]) -> None:
        """Try to deliver the first message of a box."""
        run_id = build.request["runId"]
        if self.fault == "mixes" and message["content"] == STARTING and str(run_id).endswith("-one"):
            run_id = f"{run_id[:-4]}-two"
        accepted = await self._post(f"/api/runs/{quote(str(run_id), safe='')}/message", message) is not None
        if accepted and self.fault == "repeats" and message["content"] == INSTALLING:
            await self._post(f"/api/runs/{quote(str(run_id), safe='')}/message", message)
        build.failing = not accepted
        if box and (accepted or self.fault in {"loses", "reorders"}):
            first = box.pop(0)
            if self.fault == "reorders" and not accepted:
                build.late.append(first)
        build.change()
        build.pause_s = 0 if accepted else min(_LONGEST_S, 2 * build.pause_s or _AGAIN_S)
        await trio.sleep(build.pause_s)  # as agents do between tries

    async def _exec(self, build: Build, command: str) -> int:
        """Have a command run."""
        workspace, metrics = build.request["workspaceId"], build.request["runId"]
        if self.fault == "mixes-commands" and len(self.running) > 1 and build in self.running:
            metrics = next(other.request["runId"] for other in self.running if other is not build)
        body = {"command": command} if self.fault == "no-metrics" else {"command": command, "metrics": metrics}
        answer = await self._post(f"/api/workspaces/{quote(str(workspace), safe='')}/exec", body)
        return 1 if answer is None else int(answer["exitCode"])

    async def _post(self, path: str, body: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
        """Post, and return the answer to what was accepted."""
        plain = self.fault == "plain-text" and path.endswith("message")
        content = json.dumps(dict(body)).encode()
        headers = {"Content-Type": "text/plain" if plain else "application/json", "Content-Length": str(len(content))}
        request = self.client.build_request("POST", path, headers=headers)
        request.stream = WholeBody(content)
        try:
            answer = await self.client.send(request)
        except httpx.TransportError:
            return None
        value: Mapping[str, Any] = answer.json()
        return value if answer.is_success else None


def _is_id(text: str) -> bool:
    """Whether a text is an id."""
    return _ID.fullmatch(text) is not None and text not in {".", ".."}


def _is_port(value: object) -> bool:
    """Whether a value is a port."""
    return isinstance(value, int) and 1 <= value <= 65_535


@asynccontextmanager
async def open_agent(fault: str, client: httpx.AsyncClient, root: Path) -> AsyncIterator[Agent]:
    """Run the agent.

    Args:
        fault: How it breaks the contract.
        client: Leads to the orchestrator.
        root: Where its workspaces are.
    """
    async with trio.open_nursery() as nursery:
        yield Agent(fault, nursery, client, root)
        nursery.cancel_scope.cancel()
