"""Which ids are taken: known in memory, as the journal has them, or asked of the journal."""

from pathlib import Path

import pytest
import trio

from actors.journal import sqlite
from actors.journal.base import Change
from actors.journal.journal import Journal
from actors.journal.names import Names
from actors.runtime.errors import ActorStopped
from tests.actors.journal.support import changed, created, log, opened


def free(journal: Journal, *names: str) -> list[str]:
    """Those that nobody has to ask the disk about."""
    return [name for name in names if not journal.names.may_be_taken(name)]


async def test_it_follows_what_is_written(tmp_path: Path) -> None:
    """An id is taken when its actor is on disk, and free when it was removed, by itself or with its last change."""
    path = tmp_path / "journal"
    async with opened(path) as journal:
        assert free(journal, "a", "b") == ["a", "b"]
        await journal.write(created("a", log()))
        await journal.write(created("b"))
        await journal.write(changed("a", log()))
        assert free(journal, "a", "b", "c") == ["c"]
        await journal.remove("a")
        assert free(journal, "a", "b") == ["a"]
    async with opened(path) as journal:
        assert free(journal, "a", "b") == ["a"]
        await journal.write(Change("b", "failed", 1, {}, removes=True))
        assert free(journal, "b") == ["b"]


async def test_what_fails_takes_no_name(tmp_path: Path) -> None:
    """And of a journal that is not open nothing is known."""
    async with opened(tmp_path / "journal") as journal:
        with pytest.raises(ValueError, match="JSON"):
            await journal.write(created("a", x=float("nan")))
        assert free(journal, "a") == ["a"]
    assert free(journal, "a", "b") == []
    with pytest.raises(ActorStopped):
        await journal.get("a")


async def test_after_a_crash_it_is_what_is_on_disk(tmp_path: Path) -> None:
    """Also of a change of which nobody could be told whether it was written."""
    journal = Journal(tmp_path / "journal")

    def crash(_committed: object) -> None:
        raise ZeroDivisionError

    async def crashes(*, task_status: "trio.TaskStatus[Journal]") -> None:
        with pytest.raises(ZeroDivisionError):
            await journal.run(task_status=task_status)

    journal.on_commit = crash
    async with trio.open_nursery() as nursery:
        await nursery.start(crashes)
        with pytest.raises(ActorStopped):
            await journal.write(created("a"))
    assert free(journal, "a", "b") == []
    journal.on_commit = lambda _committed: None
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        assert free(journal, "a", "b") == ["b"]
        nursery.cancel_scope.cancel()


async def test_more_than_is_held(tmp_path: Path) -> None:
    """Then any id may be taken: from the one on that is too many, and from the start of the next server."""
    path = tmp_path / "journal"
    async with opened(path) as journal:
        journal.names.limit = 2
        for name in "ab":
            await journal.write(created(name))
        assert free(journal, "x") == ["x"]
        await journal.write(created("c"))
        assert free(journal, "x") == []
    again = Journal(path)
    again.names.limit = 2
    async with trio.open_nursery() as nursery:
        await nursery.start(again.run)
        assert free(again, "x") == []
        nursery.cancel_scope.cancel()


def test_at_most_so_many() -> None:
    """A journal is read for its ids no further than to see that there are too many."""
    names = Names(2)
    assert names.may_be_taken("a")
    names.fill(["a", "b", "c"])
    assert names.may_be_taken("x")
    names.add("d")
    names.drop("a")
    assert names.may_be_taken("a")
    names.fill(["a", "b"])
    assert not names.may_be_taken("x")
    assert names.may_be_taken("b")


async def test_a_memory_journal_knows_its_names() -> None:
    """It has one connection for all."""
    async with opened(sqlite.MEMORY) as journal:
        await journal.write(created("a"))
        assert free(journal, "a", "b") == ["b"]
