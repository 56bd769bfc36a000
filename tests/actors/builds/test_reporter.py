"""What a build says while the disk is full."""

from dataclasses import replace

import trio

from actors.builds.reporter import BuildReporter, Memory
from actors.journal import sqlite
from actors.journal.base import Change
from actors.runs.states import State, Status
from tests.actors.jobs.world import FlakyJournal


async def test_a_cancel_while_the_disk_is_full_loses_nothing() -> None:
    """What could not be written is written with what comes next."""
    journal = FlakyJournal(sqlite.MEMORY)
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        await journal.write(Change("b", "running", 1, {}, kind="build", create=True))
        status = replace(Status(), state=State.RUNNING)
        reporter = BuildReporter(journal, {"id": "b"}, status, Memory(), room=lambda: True, limit=100)
        reporter.step(2)
        journal.full = 1_000_000
        with trio.move_on_after(0.05) as gave_up:
            await reporter.enter("install", 75)
        assert gave_up.cancelled_caught
        journal.full = 0
        await reporter.change(status.ended(State.CANCELLED, "Cancelled on request."))
        said = [queued.payload["content"] for queued in await journal.outgoing("b", 10)]
        assert said == [
            "Initializing Happy Llama Python agent...",
            "Generating PRD and technical specifications...",
            "Cancelled on request.",
        ]
        nursery.cancel_scope.cancel()
