"""The journal as an actor: group commit, order, failures of one and of all, and reads."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.journal import sqlite
from actors.journal.base import Change, Committed, NewEvent
from actors.journal.journal import Journal
from actors.journal.trouble import JournalLocked
from actors.runtime.errors import CallboardError, Conflict, MailboxFull, NotFound, StorageFull
from actors.runtime.topic import END
from tests.actors.journal.support import changed, created, locked, log, opened


def traced(journal: Journal) -> list[str]:
    """The statements that the writer runs from now on."""
    statements: list[str] = []
    assert journal._connection is not None
    journal._connection.set_trace_callback(statements.append)
    return statements


async def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    """The record, its snapshot and its events."""
    async with opened(tmp_path / "journal") as journal:
        first = await journal.write(created("a", log("one"), log("two"), percent=0))
        second = await journal.write(changed("a", log("three"), percent=5))
        record = await journal.get("a")
        page = await journal.read_events("a", 1, 10)
        assert await journal.get("b") is None
    assert record is not None
    assert (record.id, record.kind, record.state, record.attempt, record.last_seq) == ("a", "job", "running", 1, 3)
    assert record.request == {"for": "a"}
    assert record.snapshot == second.snapshot == {"percent": 5, "updated": record.updated}
    assert first.snapshot == {"percent": 0, "updated": record.created, "created": record.created}
    assert page.entries == (*first.entries[1:], *second.entries)
    assert page.snapshot == record.snapshot
    assert json.loads(page.entries[1].payload) == {
        "seq": 3,
        "id": "a",
        "time": record.updated,
        "type": "log",
        "data": {"message": "three"},
    }


async def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Whatever the directory's rights are; one from before becomes private too."""
    there = trio.Path(tmp_path)
    await there.chmod(0o755)
    for name in ("a", "b"):
        async with opened(tmp_path / "journal") as journal:
            await journal.write(created(name, log("private")))
            modes = {path.name: (await path.stat()).st_mode & 0o777 for path in await there.iterdir()}
        assert {"journal", "journal-wal", "journal-shm"} <= set(modes)
        assert set(modes.values()) == {0o600}
        await (there / "journal").chmod(0o644)


async def test_a_memory_journal_reads_and_writes() -> None:
    """With one connection for both."""
    async with opened(sqlite.MEMORY) as journal:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(journal.write, created(str(number), log()))
                nursery.start_soon(journal.get, str(number))
        assert len(await journal.records("job")) == 20


async def test_many_writers_share_few_commits(tmp_path: Path) -> None:
    """What gathers while a commit waits goes into the next one; `on_commit` comes in the order of the positions."""
    path = tmp_path / "journal"
    commits: list[Committed] = []
    async with opened(path) as journal:
        journal.on_commit = commits.append
        statements = traced(journal)
        async with trio.open_nursery() as nursery:
            with locked(path):
                for number in range(300):
                    nursery.start_soon(journal.write, created(str(number), log()))
                await trio.testing.wait_all_tasks_blocked(0.01)
        assert 1 <= statements.count("COMMIT") <= 2
        records = await journal.records("job", limit=1000)
    assert [record.id for record in reversed(records)] == [commit.id for commit in commits]
    assert len(commits) == 300
    assert [record.position for record in reversed(records)] == sorted(record.position for record in records)


async def test_writers_of_one_actor_get_contiguous_seqs(tmp_path: Path) -> None:
    """Whoever writes, and however it is batched."""
    commits: list[Committed] = []
    async with opened(tmp_path / "journal") as journal:
        journal.on_commit = commits.append
        await journal.write(created("a"))

        async def writer(count: int) -> None:
            for _ in range(5):
                await journal.write(changed("a", *[log()] * count))

        async with trio.open_nursery() as nursery:
            for count in (0, 1, 2, 3):
                nursery.start_soon(writer, count)
        page = await journal.read_events("a", 0, 100)
    seqs = [entry.seq for commit in commits for entry in commit.entries]
    assert seqs == [entry.seq for entry in page.entries] == list(range(1, 31))


BAD: dict[str, tuple[Change, type[Exception]]] = {
    "taken": (created("good-0"), Conflict),
    "unknown": (changed("nobody"), NotFound),
    "NaN in an event": (changed("old", NewEvent("log", {"x": float("nan")})), ValueError),
    "NaN in a new snapshot": (created("new", log(), x=float("nan")), ValueError),
    "no JSON": (created("new", NewEvent("log", {"x": object()})), TypeError),
    "an id that is no text": (created("\ud800"), ValueError),
}


@pytest.mark.parametrize("name", BAD)
async def test_one_that_cannot_be_done_fails_alone(tmp_path: Path, name: str) -> None:
    """In the middle of a batch, and leaves nothing behind."""
    bad, kind = BAD[name]
    path = tmp_path / "journal"
    caught: list[Exception] = []

    async with opened(path) as journal:
        await journal.write(created("old", log()))
        await journal.write(created("good-0"))

        async def writer(change: Change) -> None:
            try:
                await journal.write(change)
            except (CallboardError, TypeError, ValueError) as error:
                caught.append(error)

        statements = traced(journal)
        async with trio.open_nursery() as nursery:
            with locked(path):
                nursery.start_soon(writer, changed("old"))
                await trio.testing.wait_all_tasks_blocked(0.01)
                for change in (created("good-1"), bad, created("good-2")):
                    nursery.start_soon(writer, change)
                    await trio.testing.wait_all_tasks_blocked()
        assert statements.count("COMMIT") == 2
        assert len(caught) == 1
        assert isinstance(caught[0], kind)
        assert {record.id for record in await journal.records("job")} == {"old", "good-0", "good-1", "good-2"}
        assert len((await journal.read_events("old", 0, 10)).entries) == 1


async def test_removing_forgets_the_actor_and_its_events(tmp_path: Path) -> None:
    """The id is free again, its numbers begin anew, and the position does not come back."""
    async with opened(tmp_path / "journal") as journal:
        await journal.write(created("a", log(), log()))
        before = await journal.get("a")
        await journal.remove("a")
        await journal.remove("never there")
        assert await journal.get("a") is None
        with pytest.raises(NotFound):
            await journal.read_events("a", 0, 10)
        with pytest.raises(NotFound, match="removed"):
            await journal.write(changed("a"))
        again = await journal.write(created("a", log()))
        after = await journal.get("a")
    assert [entry.seq for entry in again.entries] == [1]
    assert before is not None
    assert after is not None
    assert after.position > before.position


async def test_a_last_word_and_the_removal_are_one(tmp_path: Path) -> None:
    """Who follows is told, and no moment has the one without the other: what has ended for good never lives again."""
    async with opened(tmp_path / "journal") as journal:
        await journal.write(created("a", log()))
        told: list[Committed] = []
        removed: list[str] = []
        journal.on_commit, journal.on_remove = told.append, removed.append
        statements = traced(journal)
        last = await journal.write(replace(changed("a", log()), removes=True))
        assert statements.count("COMMIT") == 1
        assert told == [last]
        assert removed == ["a"]
        assert [entry.seq for entry in last.entries] == [2]
        assert await journal.get("a") is None
        with pytest.raises(NotFound):
            await journal.read_events("a", 0, 10)
        with pytest.raises(NotFound, match="removed"):
            await journal.write(replace(changed("a"), removes=True))


async def test_lists_are_by_kind_state_and_position(tmp_path: Path) -> None:
    """The newest first, a page at a time."""
    async with opened(tmp_path / "journal") as journal:
        for number in range(6):
            await journal.write(created(str(number)))
        for number in (1, 3, 5):
            await journal.write(changed(str(number)))
        first = await journal.records("job", limit=4)
        rest = await journal.records("job", before=first[-1].position, limit=4)
        running = await journal.records("job", states=("running",))
        both = await journal.records("job", states=("running", "queued"), limit=2)
        assert await journal.records("build") == []
    assert [record.id for record in first + rest] == list("543210")
    assert [record.id for record in running] == list("531")
    assert [record.id for record in both] == list("54")


async def test_only_the_newest_events_are_kept_and_the_end_is_among_them(tmp_path: Path) -> None:
    """The bound holds within the step in which old ones are dropped."""
    async with opened(tmp_path / "journal") as journal:
        await journal.write(created("a"))
        for _ in range(130):
            await journal.write(changed("a", *[log()] * 10))
        await journal.write(changed("a", NewEvent(END, {})))
        entries = (await journal.read_events("a", 0, 5000)).entries
    assert (entries[-1].seq, entries[-1].type) == (1301, END)
    assert [entry.seq for entry in entries] == list(range(entries[0].seq, 1302))
    assert sqlite.EVENTS_KEPT <= len(entries) < sqlite.EVENTS_KEPT + sqlite._TRIM_EVERY


async def test_a_full_disk_fails_all_of_a_batch_and_is_survived(tmp_path: Path) -> None:
    """Nothing of it was written; when there is room again, it goes on."""
    path = tmp_path / "journal"
    caught: list[StorageFull] = []
    commits: list[Committed] = []

    async with opened(path) as journal:
        await journal.write(created("a"))
        journal.on_commit = commits.append
        connection = journal._connection
        assert connection is not None
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

        async def writer(change: Change) -> None:
            with pytest.raises(StorageFull, match="disk is full") as error:
                await journal.write(change)
            caught.append(error.value)

        async with trio.open_nursery() as nursery:
            for change in (created("small"), changed("a", log("x" * 100_000)), created("small too", log())):
                nursery.start_soon(writer, change)
        assert len(caught) == 3
        assert caught[0].hint
        assert commits == []
        assert [record.id for record in await journal.records("job")] == ["a"]
        await journal.write(created("b", log()))
        connection.execute("PRAGMA max_page_count = 1000000")
        await journal.write(changed("a", log("x" * 100_000)))
    assert [commit.id for commit in commits] == ["b", "a"]


async def test_too_many_writers_are_told_at_once(tmp_path: Path) -> None:
    """The mailbox is the bound."""
    path = tmp_path / "journal"
    journal = Journal(path, capacity=3)
    refused: list[int] = []

    async def writer(number: int) -> None:
        try:
            await journal.write(created(str(number)))
        except MailboxFull:
            refused.append(number)

    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        async with trio.open_nursery() as writers:
            with locked(path):
                for number in range(6):
                    writers.start_soon(writer, number)
                    await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert refused == [4, 5]


async def test_a_lock_that_stays_is_an_answer(tmp_path: Path) -> None:
    """Another program that holds the file: an error after SQLite's time-out, and it goes on afterwards."""
    path = tmp_path / "journal"

    async with opened(path) as journal:
        assert journal._connection is not None
        journal._connection.execute("PRAGMA busy_timeout = 10")
        with locked(path), pytest.raises(JournalLocked, match="locked") as caught:
            await journal.write(created("a"))
        assert caught.value.hint
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        await journal.write(created("a"))
