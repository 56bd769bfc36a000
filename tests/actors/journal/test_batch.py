"""One transaction: what is gathered is written as if it had been written one by one, and what is remembered is true."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Union

import pytest

from actors.journal import sqlite
from actors.journal.base import Change, Committed, Remove, Settled, Write
from actors.journal.batch import Kept
from actors.runtime.errors import Conflict, NotFound, StorageFailed, StorageFull
from actors.runtime.mailbox import Reply
from tests.actors.journal.support import changed, created, log

Known = dict[str, Kept]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A journal's file."""
    with closing(sqlite.connect(tmp_path / "journal.sqlite3")) as opened:
        yield opened


def write(
    connection: sqlite3.Connection, known: Known, *messages: Union[Change, str]
) -> list[Union[Committed, Settled, Exception]]:
    """Write changes, and remove what is only named, with one transaction."""
    batch = [Remove(one, Reply()) if isinstance(one, str) else Write(one, Reply()) for one in messages]
    return list(sqlite.write_batch(connection, batch, known))


def seqs(connection: sqlite3.Connection, actor_id: str) -> list[int]:
    """The numbers of an actor's events on disk, the last one checked against its row."""
    found = [entry.seq for entry in sqlite.read_page(connection, actor_id, 0, 10_000).entries]
    record = sqlite.read_record(connection, actor_id)
    assert record is not None
    assert record.last_seq == (found[-1] if found else 0)
    return found


def states(connection: sqlite3.Connection, state: str) -> list[str]:
    """Who is found by a state, which is what the index says."""
    return [record.id for record in sqlite.read_records(connection, "job", (state,), None, 10)]


@pytest.mark.parametrize("remembers", [True, False])
def test_many_changes_of_one_actor(connection: sqlite3.Connection, remembers: bool) -> None:
    """Its events have no gap, within a transaction or across some, and its row says what was written last."""
    known: Known = {}
    for number in range(3):
        begin = [created("a", log())] if number == 0 else []
        outcomes = write(connection, known, *begin, *[changed("a", log(), log(), percent=n) for n in range(3)])
        assert all(isinstance(outcome, Committed) for outcome in outcomes)
        known = known if remembers else {}
    assert seqs(connection, "a") == list(range(1, 20))
    record = sqlite.read_record(connection, "a")
    assert record is not None
    assert (record.state, record.attempt, record.snapshot["percent"]) == ("running", 1, 2)
    assert record.request == {"for": "a"}


def test_the_index_of_states_is_kept(connection: sqlite3.Connection) -> None:
    """An actor is found by its last state and by no other, also when it has changed back and forth."""
    known: Known = {}
    write(connection, known, created("a"), changed("a"))
    assert (states(connection, "queued"), states(connection, "running")) == ([], ["a"])
    write(connection, known, changed("a", state="queued"), changed("a"))
    write(connection, known, changed("a", log()))
    assert (states(connection, "queued"), states(connection, "running")) == ([], ["a"])
    write(connection, known, changed("a", state="failed"))
    assert (states(connection, "running"), states(connection, "failed")) == ([], ["a"])


def test_a_removal_among_changes(connection: sqlite3.Connection) -> None:
    """What comes before it is gone with it, and what is made anew begins at 1."""
    known: Known = {}
    outcomes = write(connection, known, created("a", log()), changed("a", log()), "a", changed("a", log()))
    assert [type(outcome) for outcome in outcomes] == [Committed, Committed, Settled, NotFound]
    assert sqlite.read_record(connection, "a") is None
    write(connection, known, created("a", log()), "a", created("a", log(), log()))
    assert seqs(connection, "a") == [1, 2]


def test_an_id_that_is_taken(connection: sqlite3.Connection) -> None:
    """It fails alone, in the same transaction and in a later one, and what was there stays as it is."""
    known: Known = {}
    outcomes = write(connection, known, created("a", log()), created("a", log()), created("b", log()))
    assert [type(outcome) for outcome in outcomes] == [Committed, Conflict, Committed]
    (again,) = write(connection, known, created("a", log()))
    assert isinstance(again, Conflict)
    write(connection, known, changed("a", log()))
    assert (seqs(connection, "a"), seqs(connection, "b")) == ([1, 2], [1])


def test_nothing_is_remembered_of_what_was_not_committed(connection: sqlite3.Connection) -> None:
    """After a transaction that failed the numbers go on from what is on disk."""
    known: Known = {}
    write(connection, known, created("a", log()))
    connection.execute("CREATE TEMP TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(StorageFull):
        write(connection, known, changed("a", log(), log(), state="failed"), created("b", log()))
    assert known == {}
    connection.execute("DROP TRIGGER full")
    write(connection, known, changed("a", log()), created("b", log()))
    assert (seqs(connection, "a"), seqs(connection, "b")) == ([1, 2], [1])
    assert states(connection, "running") == ["a"]


def test_a_change_that_is_no_json_leaves_no_trace(connection: sqlite3.Connection) -> None:
    """Those before and behind it are written, of the same actor too, without a gap."""
    known: Known = {}
    bad = changed("a", log(), percent=float("nan"))
    outcomes = write(connection, known, created("a", log()), bad, changed("a", log()))
    assert [type(outcome) for outcome in outcomes] == [Committed, ValueError, Committed]
    assert seqs(connection, "a") == [1, 2]


def test_somebody_else_removed_it(connection: sqlite3.Connection) -> None:
    """What is remembered is not taken for what is there: nothing is said to be written that is not."""
    known: Known = {}
    write(connection, known, created("a", log()))
    connection.execute("DELETE FROM actors")
    with pytest.raises(StorageFailed, match="another program removed"):
        write(connection, known, changed("a", log()))
    (outcome,) = write(connection, known, changed("a", log()))
    assert isinstance(outcome, NotFound)


def test_reading_what_changed_last(connection: sqlite3.Connection) -> None:
    """The latest come last; the times are those of the rows, by id, and of the states that were asked for."""
    for name in "abcd":
        write(connection, {}, created(name))
    for number, name in enumerate("cabd"):
        write(connection, {}, changed(name, state="failed" if name != "d" else "queued"))
        connection.execute("UPDATE actors SET updated = ? WHERE id = ?", (f"2026-01-0{number + 1}", name))
    latest = sqlite.read_latest(connection, ("job", "build"), ("failed", "succeeded"), 2)
    assert [record.id for record in latest] == ["a", "b"]
    assert sqlite.read_latest(connection, ("build",), ("failed",), 2) == []
    assert list(sqlite.read_times(connection, "job", ())) == ["d", "c", "b", "a"]
    times = sqlite.read_times(connection, "job", ("failed",))
    assert times == {"c": "2026-01-01", "b": "2026-01-03", "a": "2026-01-02"}
