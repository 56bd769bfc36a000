"""What a journal counts, and what it tells of what it holds."""

from pathlib import Path

import pytest
import trio

from actors.journal import sqlite
from actors.journal.base import Change, NewEvent, Outgoing
from actors.journal.figures import JournalFigures
from actors.journal.journal import Journal
from actors.runtime.errors import StorageFull


def new(name: str, kind: str = "job", state: str = "queued", messages: int = 0) -> Change:
    """A new actor."""
    events = (NewEvent("state", {}), NewEvent("log", {}))
    outgoing = tuple(Outgoing(number, {}) for number in range(1, messages + 1))
    return Change(name, state, 0, {}, events, kind=kind, create=True, outgoing=outgoing)


async def test_commits_and_events_are_counted() -> None:
    """Each commit with its changes, each event once."""
    journal = Journal(sqlite.MEMORY)
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        for name in ("a", "b"):
            await journal.write(new(name))
        nursery.cancel_scope.cancel()
    assert sum(journal.figures.commits.counts) == 2
    assert journal.figures.changes.total == 2
    assert journal.figures.events.value == 4
    assert journal.figures.failures.value == 0


def test_a_commit_that_fails_is_counted() -> None:
    """As a failure, and with its time."""
    figures = JournalFigures()
    with pytest.raises(StorageFull), figures.writing(3):
        raise StorageFull("full")
    assert figures.failures.value == 1
    assert sum(figures.commits.counts) == 1
    assert figures.changes.total == 3


async def test_what_it_holds(tmp_path: Path) -> None:
    """Actors by kind and state, and since when the oldest message waits."""
    journal = Journal(tmp_path / "journal.sqlite3")
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        assert await journal.counted() == {}
        assert await journal.oldest_outgoing() is None
        await journal.write(new("a"))
        await journal.write(new("b"))
        committed = await journal.write(new("c", "build", "running", messages=2))
        await journal.write(new("d", "build", "running", messages=1))
        assert await journal.counted() == {("job", "queued"): 2, ("build", "running"): 2}
        assert await journal.oldest_outgoing() == committed.snapshot["updated"]
        for number in (1, 2):
            await journal.settle("c", number, "delivered")
        assert (await journal.oldest_outgoing() or "") >= committed.snapshot["updated"]
        await journal.settle("d", 1, "refused")
        assert await journal.oldest_outgoing() is None
        nursery.cancel_scope.cancel()
