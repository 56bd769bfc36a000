"""A server beside an orchestrator, and what is asked of both: a build, its end, its messages, the traces it leaves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from actors.builds.base import COMPLETED, FRONTEND, INITIALIZING, INSTALLING, SPECIFYING, STARTING, STRUCTURING
from tests.e2e.builds.outside import Outside, open_outside
from tests.e2e.jobs import FINAL
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

SEVEN = [INITIALIZING, SPECIFYING, STRUCTURING, FRONTEND, INSTALLING, STARTING, COMPLETED]
PROMPT = "a habit tracker"


def body(run: str, **more: Any) -> dict[str, Any]:
    """What an orchestrator sends for a build."""
    return {"runId": run, "prompt": PROMPT, "workspaceId": f"ws-{run}", **more}


async def app_page(port: int) -> httpx.Response:
    """Wait until the app at a port is healthy, and get its page."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as app:

        async def healthy() -> bool:
            try:
                return (await app.get("/api/health")).status_code == 200
            except httpx.TransportError:
                return False

        await until(healthy, 30, "a healthy app")
        return await app.get("/")


@dataclass
class Round:
    """A server and its orchestrator.

    Attributes:
        outside: The orchestrator.
        server: The server.
        client: Calls the server.
    """

    outside: Outside
    server: ServerProcess
    client: httpx.AsyncClient

    async def ask(self, run: str, **more: Any) -> None:
        """Ask for a build, which has to be answered as the contract says."""
        answer = await self.client.post("/api/build", json=body(run, **more))
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "status": "started", "runId": run, "message": "Agent is building your application...",
        }  # fmt: skip

    async def status(self, run: str) -> dict[str, Any]:
        """What the server says of a build."""
        answer = await self.client.get(f"/api/builds/{run}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def end(self, run: str, seconds: float = 30.0) -> dict[str, Any]:
        """Wait until a build has ended and all its messages are delivered, and return what is said of it."""
        found: dict[str, Any] = {}

        async def ended() -> bool:
            found.update(await self.status(run))
            delivery = found["delivery"]
            settled = delivery["delivered"] + delivery["refused"] + delivery["expired"]
            counted = settled == delivery["queued"] == found["messages"] and not delivery["waiting"]
            return found["state"] in FINAL and counted

        try:
            await until(ended, seconds, f"the end of {run}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {found}, {self.outside.contents(run)[-3:]}") from None
        return found

    async def over(self, run: str) -> dict[str, Any]:
        """Wait until a build has ended, whether or not its messages are delivered."""

        async def ended() -> bool:
            return (await self.status(run))["state"] in FINAL

        await until(ended, 30, f"the end of {run}")
        return await self.status(run)

    async def until_stage(self, run: str, stage: str) -> None:
        """Wait until a build is in a stage."""

        async def reached() -> bool:
            return bool((await self.status(run))["stage"] == stage)

        await until(reached, 30, f"{stage} of {run}")

    async def events(self, run: str) -> list[dict[str, Any]]:
        """All events of a build."""
        events: list[dict[str, Any]] = []
        while True:
            after = events[-1]["seq"] if events else 0
            page = (await self.client.get(f"/events/{run}", params={"after": after, "limit": 500})).json()
            events += page["events"]
            if not page["events"]:
                return events

    async def check(self, run: str, state: str = "succeeded", *, repeats: int = 0) -> dict[str, Any]:
        """Wait for a build's end, and fail unless all that was told of it is true, whole and in order.

        Args:
            run: Which build.
            state: How it has to have ended.
            repeats: How many messages may have come twice.
        """
        found = await self.end(run)
        assert found["state"] == state, (found, self.outside.contents(run))
        events = await self.events(run)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert (events[-1]["type"], events[-1]["data"]["state"]) == ("end", state)
        told = [dict(event["data"]) for event in events if event["type"] == "message"]
        assert [message.pop("number") for message in told] == list(range(1, found["messages"] + 1))
        assert count_repeats(self.outside.messages[run], told) <= repeats
        count = found["messages"]
        settled = {"queued": count, "delivered": count, "refused": 0, "expired": 0, "waiting": 0}
        assert found["delivery"] == {**settled, "trouble": ""}, found
        seven = [message["content"] for message in told if message["content"] in SEVEN]
        assert seven == (SEVEN if state == "succeeded" else SEVEN[: len(seven)])
        assert told[-1]["type"] == ("success" if state == "succeeded" else "error"), told[-1]
        return found

    async def nothing_left(self) -> None:
        """Fail unless all that the server had started has ended, and what attempts have left is gone."""

        def gone() -> bool:
            return not list((self.server.data / "builds").glob("*/attempt-*")) and not self.pipelines()

        await until(gone, 10, "the end of what builds had started")

    def crashes(self) -> list[str]:
        """Lines of the server's log that tell of a bug; what a pipeline prints is none."""
        return [line for line in self.server.said.splitlines() if '"exception": ' in line]

    def pipelines(self) -> list[str]:
        """The pipelines that run: what they were started with."""
        commands = []
        for pid, _ in self.server.family():
            try:
                commands.append(Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " "))
            except OSError:
                continue
        return [command for command in commands if "app_factory" in command]


def count_repeats(received: list[dict[str, Any]], told: list[dict[str, Any]]) -> int:
    """Fail unless each message was received, in order; return how many came again, each at once after itself."""
    at = repeats = 0
    for message in received:
        if at < len(told) and message == told[at]:
            at += 1
        else:
            assert at, (message, "came before the first")
            assert message == told[at - 1], (message, "came out of order, or was never said")
            repeats += 1
    assert at == len(told), (told[at:], "never came")
    return repeats


def line_of(contents: list[str], *wanted: str) -> list[str]:
    """Those of the contents that are wanted, in the order in which they came."""
    return [content for content in contents if content in wanted]


@asynccontextmanager
async def open_round(tmp_path: Path, *flags: str, **settings: Any) -> AsyncIterator[Round]:
    """Open an orchestrator and a server for the block.

    Args:
        tmp_path: The test's.
        flags: Of the server.
        settings: Of the server; workspaces are in `workspaces`, and the pipeline is `template`, unless told.
    """
    root = tmp_path / "workspaces"
    root.mkdir(exist_ok=True)
    async with open_outside(root) as outside, go_on(outside, tmp_path / "data", *flags, **settings) as found:
        yield found


@asynccontextmanager
async def go_on(outside: Outside, data: Path, *flags: str, **settings: Any) -> AsyncIterator[Round]:
    """Start a server beside an orchestrator that is there, for the block; see `open_round`."""
    usual: Mapping[str, Any] = {
        "orchestrator_url": outside.url, "workspaces_root": outside.root, "pipeline": "template",
    }  # fmt: skip
    async with serving(data, *flags, **{**usual, **settings}) as server, calling(server) as client:
        yield Round(outside, server, client)
