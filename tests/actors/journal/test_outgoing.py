"""Outgoing messages in the journal: one transaction with their change, each once, counted when they leave."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Union

import pytest
import trio
import trio.testing

from actors.journal import sqlite
from actors.journal.base import Change, Committed, Counts, Outgoing, Queued, Record, Settlement
from actors.journal.journal import Journal
from actors.journal.migrations import STEPS
from actors.runtime.errors import ActorStopped, NotFound, StorageFull
from tests.actors.journal.support import changed, created, locked, log, opened


def numbered(*numbers: int) -> tuple[Outgoing, ...]:
    """Messages."""
    return tuple(Outgoing(number, {"content": f"message {number}"}) for number in numbers)


def saying(actor_id: str, *messages: Outgoing, create: bool = False, **snapshot: Any) -> Change:
    """A change with an event and messages."""
    return Change(actor_id, "running", 1, snapshot, (log(),), kind="build", create=create, outgoing=messages)


def numbers(messages: list[Queued]) -> list[int]:
    """What waits."""
    return [message.number for message in messages]


async def test_messages_are_queued_with_their_change_and_counted_when_they_leave() -> None:
    """In the order of their numbers, with the time at which they were written."""
    async with opened(sqlite.MEMORY) as journal:
        first = await journal.write(saying("a", *numbered(1, 2), create=True))
        second = await journal.write(saying("a", *numbered(3, 7)))
        third = await journal.write(changed("a", log()))
        record = await journal.get("a")
        waiting = await journal.outgoing("a", 10)
        assert numbers(await journal.outgoing("a", 2)) == [1, 2]
        outcomes: tuple[Settlement, ...] = ("delivered", "refused", "expired")
        for number, outcome in zip((1, 2, 3), outcomes):
            await journal.settle("a", number, outcome)
        assert numbers(await journal.outgoing("a", 10)) == [7]
        assert await journal.deliveries("a") == Counts(queued=4, delivered=1, refused=1, expired=1)
        assert (await journal.deliveries("a")).waiting == 1
        assert await journal.deliveries("nobody") == Counts()
        assert await journal.outgoing("nobody", 10) == []
    assert [first.waiting, second.waiting, third.waiting] == [2, 4, None]
    assert numbers(waiting) == [1, 2, 3, 7]
    assert waiting[0].payload == {"content": "message 1"}
    assert record is not None
    assert record.created == waiting[0].time <= waiting[3].time


async def test_a_number_that_is_known_is_not_queued_again() -> None:
    """Whether it still waits or has left; the rest of the change is written."""
    async with opened(sqlite.MEMORY) as journal:
        await journal.write(saying("a", *numbered(1, 2), create=True))
        await journal.settle("a", 1, "delivered")
        again = await journal.write(saying("a", *numbered(1, 2, 3)))
        await journal.write(saying("a", *numbered(2)))
        assert numbers(await journal.outgoing("a", 10)) == [2, 3]
        assert await journal.deliveries("a") == Counts(queued=3, delivered=1)
        assert len((await journal.read_events("a", 0, 10)).entries) == 3
    assert again.waiting == 2


async def test_settling_twice_counts_once() -> None:
    """Whatever is said the second time; and what never was, is nothing."""
    async with opened(sqlite.MEMORY) as journal:
        await journal.write(saying("a", *numbered(1), create=True))
        await journal.settle("a", 1, "delivered")
        await journal.settle("a", 1, "expired")
        await journal.settle("a", 9, "refused")
        await journal.settle("nobody", 1, "delivered")
        assert await journal.deliveries("a") == Counts(queued=1, delivered=1)
        assert await journal.deliveries("nobody") == Counts()


async def test_those_with_messages_are_listed_the_newest_first() -> None:
    """With how many wait; those with none are not there."""
    async with opened(sqlite.MEMORY) as journal:
        for name in "abc":
            await journal.write(saying(name, *numbered(1, 2), create=True))
        await journal.write(saying("a", *numbered(3)))
        await journal.settle("b", 1, "delivered")
        await journal.settle("b", 2, "delivered")
        assert list((await journal.undelivered()).items()) == [("a", 3), ("c", 2)]


async def test_removing_an_actor_removes_its_messages_and_counts() -> None:
    """And its numbers begin anew."""
    async with opened(sqlite.MEMORY) as journal:
        await journal.write(saying("a", *numbered(1, 2), create=True))
        await journal.settle("a", 1, "delivered")
        await journal.remove("a")
        assert await journal.undelivered() == {}
        assert await journal.deliveries("a") == Counts()
        with pytest.raises(NotFound):
            await journal.write(saying("a", *numbered(3)))
        await journal.write(saying("a", *numbered(1), create=True))
        assert await journal.deliveries("a") == Counts(queued=1)


BAD: dict[str, tuple[tuple[Outgoing, ...], type[Exception]]] = {
    "no JSON": ((Outgoing(2, {"x": object()}),), TypeError),
    "NaN": ((*numbered(2), Outgoing(3, {"x": float("nan")})), ValueError),
    "twice the same number": (numbered(2, 2), ValueError),
    "numbers that go back": (numbered(3, 2), ValueError),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("create", [False, True])
async def test_a_message_that_cannot_be_queued_fails_its_change_alone(name: str, create: bool) -> None:
    """Neither the event nor the state is written without it."""
    messages, kind = BAD[name]
    async with opened(sqlite.MEMORY) as journal:
        await journal.write(saying("old", *numbered(1), create=True))
        actor_id = "new" if create else "old"
        with pytest.raises(kind):
            await journal.write(saying(actor_id, *messages, create=create))
        assert numbers(await journal.outgoing("old", 10)) == [1]
        assert len((await journal.read_events("old", 0, 10)).entries) == 1
        assert await journal.get("new") is None
        assert await journal.undelivered() == {"old": 1}


async def test_a_full_disk_writes_neither_the_change_nor_its_messages(tmp_path: Path) -> None:
    """One transaction: nothing of it is there, and a settlement in it is answered with the reason too."""
    async with opened(tmp_path / "journal") as journal:
        await journal.write(saying("a", *numbered(1), create=True))
        connection = journal._connection
        assert connection is not None
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageFull):
            await journal.write(saying("a", Outgoing(2, {"content": "x" * 100_000})))
        assert numbers(await journal.outgoing("a", 10)) == [1]
        assert await journal.deliveries("a") == Counts(queued=1)
        assert len((await journal.read_events("a", 0, 10)).entries) == 1


async def test_all_kinds_of_messages_share_a_commit(tmp_path: Path) -> None:
    """Writes, settlements and removals; `on_outgoing` tells of each in the order of the commit, before its answer."""
    path = tmp_path / "journal"
    news: list[Union[str, tuple[str, int]]] = []
    async with opened(path) as journal:
        for name in "abc":
            await journal.write(saying(name, *numbered(1, 2), create=True))
        journal.on_outgoing = lambda actor_id, waiting: news.append((actor_id, waiting))
        statements: list[str] = []
        assert journal._connection is not None
        journal._connection.set_trace_callback(statements.append)

        async def write() -> None:
            await journal.write(saying("a", *numbered(3, 4)))
            news.append("written")

        async def settle() -> None:
            await journal.settle("b", 1, "delivered")
            news.append("settled")

        async with trio.open_nursery() as nursery:
            with locked(path):
                nursery.start_soon(journal.write, changed("c", log()))
                await trio.testing.wait_all_tasks_blocked(0.01)
                for start in (write, settle):
                    nursery.start_soon(start)
                    await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(journal.remove, "c")
                await trio.testing.wait_all_tasks_blocked()
        assert statements.count("COMMIT") == 2
    assert news[:3] == [("a", 4), ("b", 1), ("c", 0)]
    assert sorted(map(str, news[3:])) == ["settled", "written"]


async def test_a_file_of_version_1_keeps_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Actors and events of the version before, which then queue messages like any other."""
    path = tmp_path / "journal"
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in STEPS[0]:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO actors (id, kind, state, attempt, request, snapshot, created, updated, last_seq)"
            " VALUES ('old', 'job', 'running', 2, '{\"a\": 1}', '{\"percent\": 5}', 'then', 'later', 2)"
        )
        connection.executemany(
            "INSERT INTO events (id, seq, type, payload) VALUES ('old', ?, 'log', ?)", [(1, b"{}"), (2, b"{}")]
        )
    async with opened(path) as journal:
        record = await journal.get("old")
        assert len((await journal.read_events("old", 0, 10)).entries) == 2
        assert await journal.undelivered() == {}
        written = await journal.write(saying("old", *numbered(1)))
        assert numbers(await journal.outgoing("old", 10)) == [1]
    assert record == Record("old", "job", "running", 2, {"a": 1}, {"percent": 5}, "then", "later", 2, 1)
    assert [entry.seq for entry in written.entries] == [3]
    with closing(sqlite.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


async def test_a_payload_that_is_damaged_is_empty_and_stops_nobody() -> None:
    """It can be refused; those behind it are read."""
    async with opened(sqlite.MEMORY) as journal:
        await journal.write(saying("a", *numbered(1, 2, 3), create=True))
        assert journal._connection is not None
        journal._connection.execute("UPDATE outbox SET payload = '{\"' WHERE number = 1")
        journal._connection.execute("UPDATE outbox SET payload = '[]' WHERE number = 2")
        payloads = [message.payload for message in await journal.outgoing("a", 10)]
    assert payloads == [{}, {}, {"content": "message 3"}]


async def test_a_journal_that_is_not_open_says_so(tmp_path: Path) -> None:
    """For settlements and reads as well."""
    journal = Journal(tmp_path / "journal")
    with pytest.raises(ActorStopped):
        await journal.settle("a", 1, "delivered")
    with pytest.raises(ActorStopped):
        await journal.undelivered()


async def test_both_hooks_see_one_commit() -> None:
    """The change first, since the messages tell of it."""
    seen: list[str] = []

    def on_commit(committed: Committed) -> None:
        seen.append(f"commit {committed.id}")

    async with opened(sqlite.MEMORY) as journal:
        journal.on_commit = on_commit
        journal.on_outgoing = lambda actor_id, waiting: seen.append(f"{waiting} of {actor_id}")
        await journal.write(created("a"))
        await journal.write(saying("a", *numbered(1)))
    assert seen == ["commit a", "commit a", "1 of a"]
