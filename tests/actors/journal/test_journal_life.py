"""The journal's life: opening what is not one, restart, cancellation in the middle of a commit, and a kill."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.journal import journal as journal_module
from actors.journal import sqlite
from actors.journal.base import Committed
from actors.journal.journal import Journal
from actors.journal.migrations import STEPS, migrate
from actors.runtime.errors import ActorStopped, StorageFailed
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.journal.support import changed, created, locked, log, opened
from tests.waiting import until

ROOT = Path(__file__).parents[3]


async def test_a_new_file_is_migrated_and_an_old_one_left_alone(tmp_path: Path) -> None:
    """With WAL and a full sync, and what was there is there."""
    path = tmp_path / "journal"
    async with opened(path) as journal:
        await journal.write(created("a", log()))
    with closing(sqlite.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert migrate(connection) == 0
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        assert migrate(connection) == len(STEPS)
    async with opened(path) as journal:
        assert (await journal.write(changed("a", log()))).entries[0].seq == 2


def test_a_migration_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step is one transaction."""
    monkeypatch.setattr("actors.journal.migrations.STEPS", (("CREATE TABLE x (y)", "CREATE NONSENSE"),))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection)
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)


async def test_a_later_version_is_refused(tmp_path: Path) -> None:
    """An old program does not touch what a new one wrote."""
    path = tmp_path / "journal"
    with closing(sqlite.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageFailed, match="version 99") as caught:
        await Journal(path).run()
    assert caught.value.hint


@pytest.mark.parametrize(("start", "length"), [(0, 100), (100, 3996), (0, 10**9)])
async def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path, start: int, length: int) -> None:
    """Its header, its schema, or all of it: never a new journal in its place."""
    path = tmp_path / "journal"
    async with opened(path) as journal:
        await journal.write(created("a", log("x" * 20_000)))
    data = bytearray(path.read_bytes())
    data[start : start + length] = b"\xa5" * len(data[start : start + length])
    path.write_bytes(data)
    with pytest.raises(StorageFailed, match="damaged") as caught:
        await Journal(path).run()
    assert "copy" in caught.value.hint
    assert path.read_bytes() == data


async def test_damage_found_while_reading_is_said(tmp_path: Path) -> None:
    """A page in the middle; who asks gets the reason, and the journal goes on."""
    path = tmp_path / "journal"
    async with opened(path) as journal:
        await journal.write(created("a", *[log("x" * 500) for _ in range(200)]))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * len(data[4096:])
    path.write_bytes(data)
    async with opened(path) as journal:
        with pytest.raises(StorageFailed, match="damaged") as caught:
            await journal.get("a")
        assert "copy" in caught.value.hint
        with pytest.raises(StorageFailed, match="damaged"):
            await journal.write(changed("a", log()))


async def test_a_place_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """The folder is not there."""
    with pytest.raises(StorageFailed, match="cannot be used"):
        await Journal(tmp_path / "no" / "journal").run()


async def test_a_journal_that_is_not_open_says_so(tmp_path: Path) -> None:
    """Before and after its life: nobody waits for an answer that will not come."""
    path = tmp_path / "journal"
    async with opened(path) as journal:
        await journal.write(created("a"))
    for closed in (journal, Journal(path)):
        with pytest.raises(ActorStopped):
            await closed.write(created("b"))
        with pytest.raises(ActorStopped):
            await closed.remove("a")
        with pytest.raises(ActorStopped):
            await closed.get("a")


async def test_a_commit_that_has_begun_is_answered_truthfully(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled in the middle: what got to the disk is answered as written, what did not as not answered."""
    monkeypatch.setattr(journal_module, "_BATCH", 2)
    path = tmp_path / "journal"
    journal = Journal(path)
    answers: dict[str, str] = {}

    async def writer(name: str) -> None:
        try:
            await journal.write(created(name))
            answers[name] = "written"
        except ActorStopped:
            answers[name] = "stopped"

    with trio.fail_after(30):
        async with trio.open_nursery() as writers, trio.open_nursery() as nursery:
            await nursery.start(journal.run)
            with locked(path):
                for number in range(6):
                    writers.start_soon(writer, str(number))
                    await trio.testing.wait_all_tasks_blocked(0.01 if number == 0 else 0)
                nursery.cancel_scope.cancel()
                await trio.testing.wait_all_tasks_blocked()
    assert answers == {"0": "written", **dict.fromkeys("12345", "stopped")}
    async with opened(path) as again:
        assert [record.id for record in await again.records("job")] == ["0"]


async def test_it_stays_usable_through_a_restart(tmp_path: Path) -> None:
    """A crash answers everyone, nothing committed is lost, and the same object goes on."""
    path = tmp_path / "journal"
    journal = Journal(path)
    stopped: list[str] = []

    def crash(committed: Committed) -> None:
        raise RuntimeError(committed.id)

    async def writer(name: str) -> None:
        with pytest.raises(ActorStopped):
            await journal.write(created(name))
        stopped.append(name)

    with trio.fail_after(30):
        async with open_supervisor("top") as supervisor:
            await supervisor.start(ChildSpec("journal", journal.run))
            on_commit, journal.on_commit = journal.on_commit, crash
            async with trio.open_nursery() as nursery:
                with locked(path):
                    for name in "abc":
                        nursery.start_soon(writer, name)
                    await trio.testing.wait_all_tasks_blocked(0.01)
            journal.on_commit = on_commit
            await until(lambda: journal._connection)
            await journal.write(created("d"))
            names = {record.id for record in await journal.records("job")}
    assert sorted(stopped) == ["a", "b", "c"]
    assert {"a", "d"} <= names


async def test_closing_waits_for_a_reader(tmp_path: Path) -> None:
    """A connection is never closed under a thread that uses it."""
    path = tmp_path / "journal"
    journal = Journal(path)
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"

    def count(connection: sqlite3.Connection) -> int:
        return int(connection.execute(slow).fetchone()[0])

    got: list[int] = []

    async def reader() -> None:
        got.append(await journal._read(count))

    with trio.fail_after(30):
        async with trio.open_nursery() as readers, trio.open_nursery() as nursery:
            await nursery.start(journal.run)
            for _ in range(2):
                readers.start_soon(reader)
            await trio.testing.wait_all_tasks_blocked(0.001)
            nursery.cancel_scope.cancel()
    assert got == [300_000, 300_000]


@pytest.mark.real
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """SIGKILL in a loop of writes, three times on the same file."""
    path = tmp_path / "journal"
    acknowledged: dict[str, int] = {}
    for name, acks in (("first", 1), ("second", 40), ("third", 150)):
        command = [sys.executable, "-m", "tests.actors.journal.writer", str(path), name]
        # With an input that has no end before it is killed: it waits for that when it has written all that it can.
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(acks)]
            process.kill()
            lines.extend(process.stdout.readlines())
        acknowledged[name] = max(int(line) for line in lines if line.endswith(b"\n"))
        assert process.returncode == -9
        with closing(sqlite.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            for actor, seq in acknowledged.items():
                page = sqlite.read_page(connection, actor, 0, 10**6)
                record = sqlite.read_record(connection, actor)
                assert record is not None
                assert [entry.seq for entry in page.entries] == list(range(1, record.last_seq + 1))
                assert record.last_seq >= seq >= 1
                assert record.snapshot["n"] == record.last_seq
