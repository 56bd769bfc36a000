"""A server's part that is about builds, with a scripted pipeline and an orchestrator in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Optional

import trio

from actors.builds.base import Availability, BuildRequest, Built, Order, Said, Step, Tell
from actors.builds.commands import Patience
from actors.builds.line import Limits
from actors.builds.outbox import Outbox
from actors.builds.outside import Delivery, ExecRefused, Executed, Line
from actors.builds.service import Builds, Pipelines, build_context
from actors.builds.work import BuildSettings
from actors.journal import sqlite
from actors.journal.streams import Streams
from actors.runtime.admission import Admission
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from actors.runtime.topic import EndOfStream
from tests.actors.jobs.world import FlakyJournal
from tests.waiting import until

Body = Callable[[Order, Tell], Awaitable[Built]]

SEVEN = [
    "Initializing Happy Llama Python agent...",
    "Generating PRD and technical specifications...",
    "Creating application structure...",
    "Building frontend components...",
    "Installing dependencies...",
    "Starting application server...",
    "\u2705 Application build completed. Orchestrator will verify health.",
]


class Scripted:
    """A pipeline whose body a test gives.

    Args:
        body: What it does.
        resumable: Whether it may be run again by itself.
    """

    name = "scripted"
    title = "A scripted pipeline"

    def __init__(self, body: Body, *, resumable: bool = True) -> None:
        self.body = body
        self.resumable = resumable
        self.runs = 0
        self.running = 0

    def availability(self) -> Availability:
        """It can run."""
        return Availability(available=True)

    async def run(self, order: Order, tell: Tell) -> Built:
        """Do what the test says."""
        self.runs += 1
        self.running += 1
        try:
            return await self.body(order, tell)
        finally:
            self.running -= 1


async def makes_an_app(order: Order, tell: Tell) -> Built:
    """Make a small app, and say so."""
    await tell(Said("assistant", "Thinking"))
    await tell(Said("action", "Laying it out", Step.STRUCTURE))
    app = order.workdir / "app"
    app.mkdir()
    (app / "package.json").write_text('{"name": "a", "scripts": {"start": "node server.js"}}\n', encoding="utf-8")
    (app / "server.js").write_text("// /api/health\n", encoding="utf-8")
    await tell(Said("status", "Drawing", Step.FRONTEND))
    return Built(app, {"title": "A"})


async def hangs(order: Order, tell: Tell) -> Built:
    """Never end."""
    del order
    await tell(Said("status", "Thinking for ever"))
    await trio.sleep_forever()
    raise AssertionError


class Orchestrator:
    """What the other side does, in memory.

    Attributes:
        messages: What it took, by run, in order.
        log: Contents of messages, and commands, of all runs in the order in which they came.
        down: It takes nothing.
        exits: What commands end with.
        blocked: Commands that never end.
        tail: The end of what commands print.
    """

    def __init__(self) -> None:
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.log: list[str] = []
        self.commands: list[tuple[str, str, str]] = []
        self.down = False
        self.exec_down = False
        self.exits: dict[str, Optional[int]] = {}
        self.blocked: set[str] = set()
        self.tail = "the end of it"
        self.reached = trio.Event()

    async def deliver(self, run_id: str, message: Mapping[str, Any]) -> Delivery:
        """Take a message, or not."""
        await trio.lowlevel.checkpoint()
        if self.down:
            return Delivery(accepted=False, problem="It is down.")
        self.messages.setdefault(run_id, []).append(dict(message))
        self.log.append(str(message["content"]))
        return Delivery(accepted=True)

    async def execute(
        self, workspace_id: str, command: str, *, metrics: str, seconds: float, on_line: Line
    ) -> Executed:
        """Run a command, or not."""
        del seconds
        await trio.lowlevel.checkpoint()
        if self.exec_down:
            raise ExecRefused("It is down.", hint="Start it.", retry=True)
        self.commands.append((workspace_id, command, metrics))
        self.log.append(command)
        if command in self.blocked:
            self.reached.set()
            await trio.sleep_forever()
        on_line(f"{command} says hello")
        return Executed(self.exits.get(command, 0), self.tail)

    def contents(self, run_id: str) -> list[str]:
        """What it was told of a run."""
        return [str(message["content"]) for message in self.messages.get(run_id, [])]

    def seven(self, run_id: str) -> list[str]:
        """Those of the seven messages that it was told."""
        return [content for content in self.contents(run_id) if content in SEVEN]


class World:
    """The builds of one server after the other, over one journal.

    Args:
        root: A directory of the test's.
        pipeline: What builds run.
        slots: How many run at once.
        settings: Other than the usual ones.
    """

    def __init__(self, root: Path, pipeline: Scripted, *, slots: int = 4, **settings: Any) -> None:
        self.root = root
        self.pipeline = pipeline
        self.journal = FlakyJournal(sqlite.MEMORY)
        self.orchestrator = Orchestrator()
        self.slots = slots
        self.limits = Limits()
        patience = Patience(command=30, start=5, retry=3)
        self.settings = BuildSettings(**{"roots": (root / "workspaces",), "patience": patience, **settings})
        (root / "builds").mkdir()
        self.supervisor: Supervisor
        self.fresh()

    def fresh(self) -> None:
        """What a new process has: the journal, the directories, and nothing in memory."""
        self.admission = Admission(self.slots, 100)
        self.streams = Streams(self.journal)
        self.outbox = Outbox(self.journal, self.orchestrator, self.limits)
        pipelines = Pipelines({self.pipeline.name: self.pipeline}, self.pipeline.name)
        self.context = build_context(
            self.root / "builds",
            self.journal,
            self.admission,
            pipelines,
            self.orchestrator,
            self.outbox,
            self.settings,
        )
        self.builds = Builds(self.context, self.streams, pipelines, self.outbox, self.settings)

    async def start(self) -> None:
        """Start the outbox and the builds."""
        await self.supervisor.start(ChildSpec("outbox", self.outbox.run))
        await self.supervisor.start(ChildSpec("builds", self.builds.run, stop_timeout=10))

    async def restart(self) -> None:
        """Stop the server in order, and start it again."""
        await self.supervisor.stop("builds")
        await self.supervisor.stop("outbox")
        self.fresh()
        await self.start()

    async def accept(self, run_id: str = "run-1", **more: Any) -> Mapping[str, Any]:
        """Ask for a build."""
        asked = {"run_id": run_id, "prompt": "a habit tracker", "workspace_id": f"ws-{run_id}", **more}
        return await self.builds.accept(BuildRequest(**asked))

    async def end(self, run_id: str = "run-1") -> dict[str, Any]:
        """Wait for a build's end and for its messages to be delivered, and return its status."""
        topic = await self.streams.open(run_id)
        with topic.subscribe(0) as subscription:
            try:
                while True:
                    await subscription.next()
            except EndOfStream:
                pass
        await self.outbox.flushed(run_id)
        return dict(await self.builds.status(run_id))

    def workspace(self, run_id: str = "run-1") -> Path:
        """The workspace of a build."""
        return self.root / "workspaces" / f"ws-{run_id}"

    async def nothing_left(self) -> None:
        """Wait until no build lives, and nothing of one is in memory or on disk but its log."""
        await until(lambda: len(self.context.mailboxes) == 0)
        assert (self.admission.running, self.admission.queued, len(self.streams)) == (0, 0, 0)
        assert self.pipeline.running == 0
        assert {path.name for path in (self.root / "builds").glob("*/*")} <= {"pipeline.log"}


@asynccontextmanager
async def open_world(
    root: Path, body: Body = makes_an_app, *, resumable: bool = True, slots: int = 4, **settings: Any
) -> AsyncIterator[World]:
    """Open a world for the block."""
    world = World(root, Scripted(body, resumable=resumable), slots=slots, **settings)
    with trio.fail_after(60):
        async with open_supervisor("server") as world.supervisor:
            await world.supervisor.start(ChildSpec("journal", world.journal.run))
            await world.start()
            yield world
