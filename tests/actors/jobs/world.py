"""Jobs under a real supervisor with an ordinary engine that does what a test wants, and a journal in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Optional

import trio
from pydantic import BaseModel, Field

from actors.jobs.engines.base import Availability, Image, Job, Log, Output, Progress, Report
from actors.jobs.request import Submission
from actors.jobs.service import Jobs
from actors.jobs.work import Engines, job_context
from actors.journal import sqlite
from actors.journal.base import Change, Committed
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runtime.admission import Admission
from actors.runtime.errors import StorageFull
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from actors.runtime.topic import EndOfStream
from tests.waiting import until

Body = Callable[[Job, Report], Awaitable[Output]]


class Knobs(BaseModel):
    """The parameters of the scripted engine."""

    value: int = Field(0, ge=0, le=10, description="Anything.")


class Scripted:
    """An engine that does what it is given to do.

    Args:
        body: One run.
    """

    name = "scripted"
    title = "Does what a test wants"
    parameters: type[BaseModel] = Knobs
    min_images = 1

    def __init__(self, body: Body) -> None:
        self.body = body
        self.attempts: list[int] = []
        self.running = 0

    def availability(self) -> Availability:
        """Always."""
        return Availability(available=True)

    async def run(self, job: Job, report: Report) -> Output:
        """Run the body."""
        self.attempts.append(job.attempt)
        self.running += 1
        try:
            return await self.body(job, report)
        finally:
            self.running -= 1


async def succeeds(job: Job, report: Report) -> Output:
    """Make a model."""
    report(Progress("thinking", 0.5, 1, 2))
    report(Log("info", "half of it"))
    await trio.lowlevel.checkpoint()
    model = job.workdir / "made.glb"
    model.write_bytes(b"glTF")
    return Output(model, {"triangles": 1})


async def hangs(job: Job, report: Report) -> Output:
    """Never end."""
    del job
    report(Progress("hanging", 0.25))
    await trio.sleep_forever()
    raise AssertionError


async def in_a_nursery(job: Job, report: Report) -> Output:
    """Never end, as engines do that have tasks of their own: what leaves a nursery is a group."""
    del job, report
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
    raise AssertionError


class FlakyJournal(Journal):
    """A journal on a disk that is full for so many writes, or on which nothing can be removed."""

    full = 0
    stuck = False

    async def remove(self, actor_id: str) -> None:
        """Remove, or refuse."""
        if self.stuck:
            raise StorageFull("The disk is full.")
        await super().remove(actor_id)

    async def write(self, change: Change) -> Committed:
        """Write, or refuse."""
        if self.full:
            self.full -= 1
            raise StorageFull("The disk is full.")
        return await super().write(change)


class World:
    """A server's part that is about jobs.

    Args:
        root: A directory of the test's.
        engine: What the jobs run.
        slots: How many run at once.
    """

    def __init__(self, root: Path, engine: Scripted, *, slots: int = 2) -> None:
        self.root = root
        self.engine = engine
        self.journal = FlakyJournal(sqlite.MEMORY)
        self.slots = slots
        (root / "jobs").mkdir()
        (root / "uploads").mkdir()
        self.supervisor: Supervisor
        self.fresh()

    def fresh(self) -> None:
        """What a new process has: the journal, the directories, and nothing in memory."""
        self.admission = Admission(self.slots, 100)
        self.streams = Streams(self.journal)
        engines = Engines({self.engine.name: self.engine}, self.engine.name)
        self.context = job_context(self.root / "jobs", self.journal, self.admission, engines, events_per_second=50.0)
        self.jobs = Jobs(self.context, self.streams, engines)

    async def start(self) -> None:
        """Start the jobs."""
        await self.supervisor.start(ChildSpec("jobs", self.jobs.run, stop_timeout=10))

    async def restart(self) -> None:
        """Stop the server in order, and start it again."""
        await self.supervisor.stop("jobs")
        self.fresh()
        await self.start()

    def upload(self, name: str = "upload") -> Submission:
        """A client's photos."""
        directory = self.root / "uploads" / name
        directory.mkdir()
        photo = directory / "0001.jpg"
        photo.write_bytes(b"photo")
        return Submission(directory, (Image(photo, "a.jpg", 5, "image/jpeg", 4, 3),), {"value": "3"}, None)

    async def accept(self) -> str:
        """Accept a job, and return its id."""
        snapshot = await self.jobs.accept(self.upload(f"upload-{len(list((self.root / 'jobs').iterdir()))}"))
        return str(snapshot["id"])

    async def events(self, job_id: str) -> list[dict[str, Any]]:
        """Follow a job to its end, and return all its events."""
        events: list[dict[str, Any]] = []
        topic = await self.streams.open(job_id)
        with topic.subscribe(0) as subscription:
            try:
                while True:
                    events.extend(entry.decoded() for entry in await subscription.next())
            except EndOfStream:
                return events

    async def end(self, job_id: str) -> dict[str, Any]:
        """Wait for a job's end, and return its status."""
        await self.events(job_id)
        return dict(await self.jobs.status(job_id))

    async def until_running(self, job_id: str) -> None:
        """Wait until the journal says that the job runs, and its engine does."""
        await until(lambda: self.streams.snapshot(job_id).get("state") == "running" and self.engine.running > 0)

    async def nothing_left(self) -> None:
        """Wait until no job lives, and no trace of one is in memory or, but for its photos and model, on disk."""
        await until(lambda: len(self.context.mailboxes) == 0)
        assert (self.admission.running, self.admission.queued, len(self.streams)) == (0, 0, 0)
        assert self.engine.running == 0
        left = {path.name for path in (self.root / "jobs").glob("*/*")}
        assert left <= {"images", "model.glb"}
        assert not list((self.root / "uploads").iterdir())


@asynccontextmanager
async def open_world(root: Path, body: Body = succeeds, *, slots: int = 2) -> AsyncIterator[World]:
    """Open a world for the block."""
    world = World(root, Scripted(body), slots=slots)
    with trio.fail_after(30):
        async with open_supervisor("server") as world.supervisor:
            await world.supervisor.start(ChildSpec("journal", world.journal.run))
            await world.start()
            yield world


class Steps(trio.abc.Instrument):
    """Acts after so many steps of all tasks.

    Args:
        at: How many.
        act: What to do then.
    """

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        self.count = 0
        self._at = at
        self._act: Optional[Callable[[], None]] = act

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count."""
        del task
        self.count += 1
        if self.count == self._at and self._act is not None:
            self._act()

    @property
    def reached(self) -> bool:
        """Whether it came to act."""
        return self.count >= self._at
