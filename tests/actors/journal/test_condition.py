"""What is found out about a journal's file, and that nothing of it is changed by looking."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from actors.journal import sqlite
from actors.journal.base import Change, Write
from actors.journal.condition import examine, refuse_unsound
from actors.journal.place import Place
from actors.journal.trouble import JournalDamaged
from actors.journal.walcheck import transactions_lost
from actors.runtime.errors import StorageFailed
from actors.runtime.mailbox import Reply
from tests.actors.journal.support import changed, created, locked, log

PAGE = 4096
COMMITS = 40


@pytest.fixture
def crashed(tmp_path: Path) -> Place:
    """A journal as a crash leaves it: some of it in the file, and forty commits in the log."""
    (tmp_path / "live").mkdir()
    live, left = Place(tmp_path / "live" / "journal.sqlite3"), Place(tmp_path / "journal.sqlite3")
    with closing(sqlite.connect(live.journal)) as connection:
        for number in range(30):
            _write(connection, created(f"job-{number}", log("x" * 900)))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(COMMITS):
            _write(connection, changed(f"job-{number % 30}", log("y" * 900)))
        for path in (live.journal, live.wal, live.shm):
            shutil.copyfile(path, left.journal.with_name(path.name))
    left.in_use.touch()
    return left


def _write(connection: sqlite3.Connection, change: Change) -> None:
    (outcome,) = sqlite.write_batch(connection, [Write(change, Reply())])
    assert not isinstance(outcome, Exception)


def _flip(path: Path, at: int, length: int = 40) -> None:
    data = bytearray(path.read_bytes())
    data[at : at + length] = bytes(byte ^ 0x5A for byte in data[at : at + length])
    path.write_bytes(data)


def test_what_a_crash_left_is_sound_and_stays_as_it_is(crashed: Place) -> None:
    """With everything that was committed, and the files as they were."""
    before = (crashed.journal.read_bytes(), crashed.wal.read_bytes())
    found = examine(crashed.journal)
    assert (found.problem, found.actors, found.events) == ("", 30, 30 + COMMITS)
    assert (crashed.journal.read_bytes(), crashed.wal.read_bytes()) == before


def test_each_page_that_is_damaged_is_found(crashed: Place) -> None:
    """The head of any page: tables, indexes, the schema; none of it is taken for an empty journal."""
    crashed.wal.unlink()
    crashed.shm.unlink()
    whole = crashed.journal.read_bytes()
    assert not examine(crashed.journal).problem
    for page in range(len(whole) // PAGE):
        crashed.journal.write_bytes(whole)
        _flip(crashed.journal, page * PAGE + (100 if page == 0 else 0))
        assert examine(crashed.journal).problem, f"page {page + 1}"


@pytest.mark.parametrize("size", [1, 50, PAGE - 1, PAGE, 3 * PAGE, 5 * PAGE + 17])
def test_a_journal_that_is_cut_off_is_found(crashed: Place, size: int) -> None:
    """Wherever that is."""
    with closing(sqlite3.connect(str(crashed.journal))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    crashed.journal.write_bytes(crashed.journal.read_bytes()[:size])
    with pytest.raises(JournalDamaged, match="damaged") as caught:
        refuse_unsound(crashed.journal)
    assert "callboard restore" in caught.value.hint


def test_an_empty_file_and_a_strange_one_are_no_journals(crashed: Place) -> None:
    """Neither is taken for a new one, whatever lies beside it."""
    for content, words in ((b"", "is empty"), (b"PK\x03\x04" * 4000, "not a SQLite file")):
        crashed.journal.write_bytes(content)
        with pytest.raises(JournalDamaged, match=words):
            refuse_unsound(crashed.journal)


def test_the_file_of_another_program_is_named_as_that(tmp_path: Path) -> None:
    """It is SQLite, and not ours."""
    path = tmp_path / "journal.sqlite3"
    with closing(sqlite3.connect(str(path))) as connection:
        connection.execute("CREATE TABLE songs (name)")
    assert "another program" in examine(path).problem


def test_a_later_version_is_refused_and_not_called_damaged(crashed: Place) -> None:
    """The hint is another one."""
    with closing(sqlite3.connect(str(crashed.journal), isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageFailed, match="version 99") as caught:
        refuse_unsound(crashed.journal)
    assert not isinstance(caught.value, JournalDamaged)


def test_one_that_is_locked_is_refused_and_not_called_damaged(crashed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program has it for itself."""
    monkeypatch.setattr("actors.journal.condition.LOCKED_S", 0.05)
    with closing(sqlite3.connect(str(crashed.journal), isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageFailed, match="locked by another program") as caught:
            refuse_unsound(crashed.journal)
        assert not isinstance(caught.value, JournalDamaged)
    with locked(crashed.journal):  # a writer keeps no reader out
        assert not examine(crashed.journal).problem


def test_a_log_that_was_removed_is_missed(crashed: Place) -> None:
    """What it had was promised to somebody."""
    crashed.wal.unlink()
    assert "is gone" in examine(crashed.journal).problem


def test_a_log_and_its_index_that_were_removed_are_missed_by_the_copy(crashed: Place) -> None:
    """The copy has more than the journal itself."""
    shutil.copyfile(crashed.journal, crashed.last_good)
    with closing(sqlite.connect(crashed.last_good)) as connection:
        _write(connection, changed("job-1", log("later")))
    crashed.wal.unlink()
    crashed.shm.unlink()
    assert "is gone" in examine(crashed.journal).problem


def test_a_program_that_takes_the_log_in_does_no_harm(crashed: Place) -> None:
    """As `sqlite3` does when it is closed: nothing is lost, and nothing is said."""
    with closing(sqlite3.connect(str(crashed.journal))) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (30 + COMMITS,)
    assert not crashed.wal.exists()
    assert examine(crashed.journal).events == 30 + COMMITS


@pytest.mark.parametrize("part", [0.0, 0.1, 0.3, 0.6, 0.8])
def test_a_log_that_is_damaged_in_the_middle_is_found(crashed: Place, part: float) -> None:
    """SQLite would leave out what comes after, without a word."""
    _flip(crashed.wal, int(part * crashed.wal.stat().st_size), 3)
    assert transactions_lost(crashed.wal) > 1
    assert "commits in it cannot be read" in examine(crashed.journal).problem


def test_a_log_whose_end_was_half_written_is_whole(crashed: Place) -> None:
    """A power cut in the last commit, which nobody was told of: cut off, or with a page that did not get there."""
    whole = crashed.wal.read_bytes()
    for content in (whole[:-1], whole[:-5000], whole[:-10] + bytes(10), whole + b"\0" * 8000, b"", whole[:31]):
        crashed.wal.write_bytes(content)
        assert transactions_lost(crashed.wal) == 0
        assert not examine(crashed.journal).problem


def test_a_thorough_look_finds_records_and_gaps(crashed: Place) -> None:
    """The file is sound, and one actor is not; the server can go on with that."""
    with closing(sqlite3.connect(str(crashed.journal), isolation_level=None)) as connection:
        connection.execute("DELETE FROM events WHERE id = 'job-7' AND seq = 2")
        assert "'job-7' have gaps" in examine(crashed.journal, alone=False).problem
        connection.execute("UPDATE actors SET snapshot = '{' WHERE id = 'job-3'")
        assert "'job-3' cannot be read" in examine(crashed.journal, alone=False).problem
        found = examine(crashed.journal, thorough=False, alone=False)
        assert not found.problem
        assert not found.structural
