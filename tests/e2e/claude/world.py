"""A whole server with real agents: they talk to a stand-in of the Messages API, in a network that has nothing else."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import trio

from tests.claude.loopback import Loopback
from tests.claude.stage import KEY
from tests.e2e.processes import Known, marked
from tests.e2e.projects.grounds import FINAL, SLOWEST, Project
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

CLOSED = "http://127.0.0.1:9"
"""An address where nobody listens: the port of discard."""

GONE_S = 6.0
"""Seconds in which everything of an agent is gone, whatever ends it."""


@dataclass
class Made(Project):
    """A project that an agent makes."""

    async def state(self) -> str:
        """The state of its last run."""
        return str((await self.status())["state"])

    async def ended(self, state: str) -> dict[str, Any]:
        """Wait until its run ends, which it has to do in this state; what is said of it."""
        found: dict[str, Any] = {}

        async def over() -> bool:
            found.update(await self.status())
            return found["state"] in FINAL

        await until(over, SLOWEST, "the end of the run")
        assert found["state"] == state, found
        return found

    async def events(self, *types: str) -> list[dict[str, Any]]:
        """All that it told so far, or what is of these types."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = (await self.client.get(f"/events/{self.id}", params={"after": after, "limit": 1000})).json()[
                "events"
            ]
            if not page:
                return [event for event in found if not types or event["type"] in types]
            found += page

    async def told(self, kind: str, **parts: Any) -> dict[str, Any]:
        """Wait until it tells of something; the first such event's data."""
        found: list[dict[str, Any]] = []

        async def heard() -> bool:
            events = [event["data"] for event in await self.events(kind)]
            found.extend(data for data in events if all(data.get(name) == part for name, part in parts.items()))
            return bool(found)

        await until(heard, SLOWEST, f"an event {kind}")
        return found[0]

    async def said(self, run: int) -> list[str]:
        """Its messages of one run, put together."""
        messages: dict[int, str] = {}
        for event in await self.events("assistant_message"):
            data = event["data"]
            if data["run"] == run:
                messages[data["message"]] = messages.get(data["message"], "") + data["text"]
        return list(messages.values())

    async def send(self, prompt: str, **more: Any) -> None:
        """Send a follow-up, to be carried out by Claude."""
        await self.post("messages", prompt=prompt, generator="claude", **more)

    async def go_on(self, **body: Any) -> None:
        """Have it go on."""
        await self.post("continue", **body)

    async def cancel(self) -> dict[str, Any]:
        """Cancel its run; what is answered."""
        answer = await self.client.delete(self.path, params={"cancel_only": "true"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def file(self, path: str) -> str:
        """What is in one of its files."""
        answer = await self.client.get(f"{self.path}/files/{path}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def processes(self) -> set[Known]:
        """What runs for it: its agent, and its app."""
        return marked(self.server.data_id, self.id)


@dataclass(frozen=True)
class Visit:
    """A server that runs.

    Attributes:
        server: It.
        client: Calls it.
    """

    server: ServerProcess
    client: httpx.AsyncClient

    async def generate(self, prompt: str, **more: Any) -> Made:
        """Ask for an app by Claude; it is being made."""
        answer = await self.client.post("/api/generate", json={"prompt": prompt, "generator": "claude", **more})
        assert answer.status_code == 202, answer.text
        return self.project(answer.json()["id"])

    async def made(self, prompt: str, state: str = "succeeded", **more: Any) -> Made:
        """Ask for an app, and wait until its run has ended in this state."""
        project = await self.generate(prompt, **more)
        await project.ended(state)
        return project

    def project(self, project_id: str) -> Made:
        """A project that there is."""
        return Made(self.client, project_id, self.server)


@dataclass(frozen=True)
class World:
    """Where servers are opened, one after the other over the same data.

    Attributes:
        place: Everything is below it.
        python: The SDK's, in the stand-in's network.
        api: The stand-in.
        store: Packages that other tests have fetched.
    """

    place: Path
    python: Path
    api: Loopback
    store: Path

    @property
    def key_file(self) -> Path:
        """Where the key is."""
        path = self.place / "key"
        path.write_text(f"{KEY}\n", encoding="ascii")
        path.chmod(0o600)
        return path

    @asynccontextmanager
    async def open(self, **settings: Any) -> AsyncIterator[Visit]:
        """Open a server.

        Args:
            settings: Its settings, besides the usual ones or in their place.
        """
        data = self.place / "data"
        (data / "packages").mkdir(parents=True, exist_ok=True)
        for name in ("store", "tools"):
            (self.store / name).mkdir(exist_ok=True)
            if not (data / "packages" / name).exists():
                (data / "packages" / name).symlink_to(self.store / name)
        usual = {
            "projects_root": self.place / "projects",
            "claude_key_file": self.key_file,
            "claude_python": self.python,
            "claude_url": self.api.url,
            "claude_retries": 1,
        }
        async with serving(data, **{**usual, **settings}) as server, calling(server) as client:
            yield Visit(server, client)

    def asked(self, scenario: str) -> list[Mapping[str, Any]]:
        """The requests of a scenario, in order."""
        return [request for request in self.api.asked() if request.get("scenario") == scenario]

    def agents(self) -> set[int]:
        """The processes in the stand-in's network, the stand-in itself aside."""
        namespace = Path(f"/proc/{self.api.pid}/ns/net").stat().st_ino
        return {pid for pid in _pids() if pid != self.api.pid and _network_of(pid) == namespace}

    async def no_agents(self) -> None:
        """Wait until no agent is left, which takes no longer than is promised."""
        began = time.monotonic()
        await until(lambda: not self.agents(), SLOWEST, "the end of all agents")
        assert time.monotonic() - began < GONE_S


def texts(request: Mapping[str, Any]) -> str:
    """All that is in the messages of a request, as one text."""
    return "\n".join(_texts(request["messages"]))


def results(request: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The results of tools that a request brings, and whether each is an error."""
    return [
        ("\n".join(_texts(block["content"])), bool(block.get("is_error")))
        for message in request["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
        if block.get("type") == "tool_result"
    ]


def unanswered(request: Mapping[str, Any]) -> set[str]:
    """The uses of tools that a request has no result of in the next message, for which the real API refuses it."""
    messages = request["messages"]
    pairs = zip(messages, [*messages[1:], {"content": ()}])
    return {
        use
        for message, following in pairs
        for use in _ids(message, "tool_use", "id") - _ids(following, "tool_result", "tool_use_id")
    }


async def at_once(*wanted: Any) -> None:
    """Do several things at the same time; each is an async function without parameters."""
    async with trio.open_nursery() as nursery:
        for one in wanted:
            nursery.start_soon(one)


def _ids(message: Mapping[str, Any], kind: str, name: str) -> set[str]:
    blocks = [block for block in message["content"] if isinstance(block, Mapping)]
    return {block[name] for block in blocks if block.get("type") == kind}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for name, inner in value.items() if name in ("content", "text") for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else []


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _network_of(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return 0
