"""What a job tells the world while something else about it is written."""

import trio
import trio.testing

from actors.jobs.engines.base import Progress
from actors.journal import sqlite
from actors.journal.base import Change
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runs.reporter import Reporter
from actors.runs.states import Status
from actors.runtime.topic import Subscription


async def _next_type(subscription: Subscription, wanted: str) -> None:
    with trio.fail_after(5):
        while wanted not in {entry.type for entry in await subscription.next()}:
            pass


async def test_progress_is_written_whatever_was_written_before_it() -> None:
    """A state change takes what waits with it, and must not take the writer's wake-up call away."""
    journal = Journal(sqlite.MEMORY)
    streams = Streams(journal)
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        await journal.write(Change("job-1", "queued", 0, {}, kind="job", create=True))
        streams.start("job-1", {}, 0)
        reporter = Reporter(journal, {"id": "job-1"}, Status(), per_second=100)
        nursery.start_soon(reporter.run)
        await trio.testing.wait_all_tasks_blocked()
        await reporter.change(Status().waiting(1).started(), start=True)
        with (await streams.open("job-1")).subscribe(0) as subscription:
            await _next_type(subscription, "state")
            reporter.report(Progress("matching", 0.5))
            await _next_type(subscription, "progress")
        nursery.cancel_scope.cancel()
