"""Projects under a real supervisor with a generator that does what a test wants, and a journal in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import trio

from actors.generators.base import GeneratorFailed
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.levels import Finding
from actors.projects.base import GenerateRequest, ProjectSettings
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import Slots
from actors.projects.generators.base import Order, Said, Tell, Toolbox
from actors.projects.home.home import Home
from actors.projects.home.settings import HomeSettings
from actors.projects.service import Projects
from actors.projects.shared import Shared
from actors.projects.tools.table import make_tools
from actors.runs.reports import Progress
from actors.runtime.admission import Admission
from actors.runtime.availability import Availability
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from actors.runtime.topic import EndOfStream, TopicClosed

Body = Callable[[Order, Toolbox, Tell], Awaitable[Mapping[str, Any]]]


class StandInHome:
    """A machine with a sandbox level, and nothing that runs."""

    def __init__(self, level: Level = Level.L2) -> None:
        self.level = level
        self.settings = HomeSettings()

    async def finding(self) -> Finding:
        """The level."""
        await trio.lowlevel.checkpoint()
        return Finding(self.level, (), ())


class Scripted:
    """A generator that does what it is given to do.

    Args:
        body: One run.
    """

    name = "scripted"
    title = "Does what a test wants"
    resumable = True
    needs = Level.L2

    def __init__(self, body: Body) -> None:
        self.body = body
        self.orders: list[Order] = []

    def availability(self) -> Availability:
        """Always."""
        return Availability(available=True)

    async def generate(self, order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        """Run the body."""
        self.orders.append(order)
        return await self.body(order, toolbox, tell)


async def writes(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """Write a page that has the prompt in it."""
    tell(Said("No model was asked."))
    tell(Progress("writing", 0.5, 1, 2))
    result = await toolbox.call("write_file", {"path": "index.html", "content": f"<p>{order.prompt}</p>\n"})
    assert result.ok, result.text
    return {"title": "A page"}


async def hangs(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """Write something, and never end."""
    await writes(order, toolbox, tell)
    await trio.sleep_forever()
    raise AssertionError


async def fails(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """Write something, and give up."""
    await writes(order, toolbox, tell)
    raise GeneratorFailed("it cannot be done", code="too_hard", hint="Ask for less.")


class World:
    """A server's part that is about projects.

    Args:
        root: A directory of the test's.
        generator: What makes them.
        level: The sandbox level of the machine.
        slots: How many are generated at once.
        **changes: Of the settings.
    """

    def __init__(
        self, root: Path, generator: Scripted, *, level: Level = Level.L2, slots: int = 2, **changes: Any
    ) -> None:
        self.generator = generator
        self.journal = Journal(root / "journal.sqlite3")
        self.streams = Streams(self.journal)
        own = root / "own"
        own.mkdir(parents=True, exist_ok=True)
        settings = ProjectSettings(root=root / "projects", page=lambda name: f"http://localhost/{name}", **changes)
        home = cast("Home", StandInHome(level))
        self.shared = Shared(
            settings, own, self.journal, home, {generator.name: generator}, make_tools(), ServerSettings(), Slots(2)
        )
        self.projects = Projects(self.shared, self.streams, Admission(slots, 2), generator.name)
        self.supervisor: Supervisor

    async def accept(self, prompt: str = "a list of plants", **more: Any) -> str:
        """Accept a project."""
        return str((await self.projects.accept(GenerateRequest(prompt, **more)))["id"])

    async def until(self, project_id: str, state: str) -> Mapping[str, Any]:
        """Wait until a project's run is in a state."""
        topic = await self.streams.open(project_id)
        while topic.snapshot["state"] != state:
            await topic.wait_beyond(topic.last_seq)
        return await self.projects.status(project_id)

    async def events(self, project_id: str) -> list[tuple[str, Mapping[str, Any]]]:
        """All that it has told, by type and data."""
        topic = await self.streams.open(project_id)
        found: list[tuple[str, Mapping[str, Any]]] = []
        with topic.subscribe(0) as subscription:
            while subscription.position < topic.last_seq:
                batch = await subscription.next()
                found.extend((entry.type, entry.decoded()["data"]) for entry in batch)
        return found

    async def to_the_end(self, project_id: str) -> list[str]:
        """Follow a stream until it ends; the types of its events."""
        topic = await self.streams.open(project_id)
        types: list[str] = []
        with topic.subscribe(0) as subscription:
            while True:
                try:
                    types.extend(entry.type for entry in await subscription.next())
                except (EndOfStream, TopicClosed):
                    return types


@asynccontextmanager
async def open_world(root: Path, generator: Scripted, **options: Any) -> AsyncIterator[World]:
    """Run projects in a directory; leaving the block is a stop of the server."""
    world = World(root, generator, **options)
    async with open_supervisor("test") as world.supervisor:
        await world.supervisor.start(ChildSpec("journal", world.journal.run))
        await world.supervisor.start(ChildSpec("projects", world.projects.run))
        yield world
