"""The last good copy: made when something changed, whole or not at all, and never a worse one."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.journal import copying, lastgood
from actors.journal.condition import examine
from actors.journal.copying import copy_journal
from actors.journal.journal import Journal
from actors.journal.lastgood import LastGood
from actors.journal.place import Place
from actors.journal.trouble import JournalDamaged
from actors.runtime.errors import StorageFull
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.journal.support import changed, created, log, opened
from tests.waiting import until


@dataclass
class Kept:
    """A journal, and what keeps its copy."""

    journal: Journal
    place: Place
    copies: LastGood


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    """A journal that runs, with an actor in it."""
    place = Place(tmp_path / "journal.sqlite3")
    async with opened(place.journal) as journal:
        await journal.write(created("job-1", log()))
        yield Kept(journal, place, LastGood(journal, place))


async def test_a_copy_is_made_when_something_has_changed(kept: Kept) -> None:
    """It is one file, has what was committed, and is not made twice of the same."""
    assert await kept.copies.keep()
    assert not await kept.copies.keep()
    assert examine(kept.place.last_good).actors == 1
    await kept.journal.write(created("job-2", log()))
    assert await kept.copies.keep()
    assert examine(kept.place.last_good).actors == 2
    assert kept.place.last_good.stat().st_mode & 0o777 == 0o600
    names = {path.name for path in kept.place.journal.parent.iterdir()}
    assert names == {kept.place.journal.name, *(path.name for path in (kept.place.wal, kept.place.shm))} | {
        kept.place.in_use.name,
        kept.place.last_good.name,
    }


async def test_a_journal_that_is_damaged_keeps_the_copy_and_ends_the_writing(kept: Kept) -> None:
    """Whoever looks at the copy is told; whoever writes is refused."""
    await kept.journal.write(changed("job-1", *[log("x" * 900) for _ in range(60)]))
    assert await kept.copies.keep()
    good = kept.place.last_good.read_bytes()
    assert kept.journal._connection is not None
    kept.journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(kept.place.journal.read_bytes())
    with kept.place.journal.open("r+b", buffering=0) as file:
        file.seek(4 * 4096)
        file.write(b"\xa5" * (len(data) - 4 * 4096))
    kept.journal.written += 1
    assert not await kept.copies.keep()
    assert kept.place.last_good.read_bytes() == good
    assert kept.journal.trouble.startswith("The journal is damaged")
    with pytest.raises(JournalDamaged, match="damaged") as caught:
        await kept.journal.write(created("job-2"))
    assert "--last-good" in caught.value.hint
    assert not await kept.copies.keep()


async def test_a_record_that_cannot_be_read_keeps_the_copy_and_the_server(kept: Kept) -> None:
    """It is one actor's trouble."""
    assert await kept.copies.keep()
    good = kept.place.last_good.read_bytes()
    with closing(sqlite3.connect(str(kept.place.journal), isolation_level=None)) as connection:
        connection.execute("UPDATE actors SET snapshot = 'no JSON'")
    await kept.journal.write(created("job-2", log()))
    assert not await kept.copies.keep()
    assert kept.place.last_good.read_bytes() == good
    await kept.journal.write(created("job-3", log()))


async def test_it_is_made_at_the_start_now_and_then_and_at_the_end(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause grows with what a copy takes."""
    monkeypatch.setattr(lastgood, "SHARE", 0)
    copies = LastGood(kept.journal, kept.place, every=0.01)

    def actors() -> int:
        return examine(kept.place.last_good).actors if kept.place.last_good.exists() else 0

    async with open_supervisor("test") as supervisor:
        await supervisor.start(ChildSpec("copy", copies.run))
        await until(lambda: actors() == 1, 10, "the first copy")
        await kept.journal.write(created("job-2", log()))
        await until(lambda: actors() == 2, 10, "the second copy")
        monkeypatch.setattr(copies, "_every", 3600.0)
        await kept.journal.write(created("job-3", log()))
    assert actors() == 3


async def test_the_first_copy_waits_for_the_server(kept: Kept) -> None:
    """A start is not delayed by it; one that is cut short leaves a copy all the same."""
    up = trio.Event()
    async with open_supervisor("test") as supervisor:
        await supervisor.start(ChildSpec("copy", LastGood(kept.journal, kept.place, up=up).run))
        await trio.testing.wait_all_tasks_blocked()
        assert not kept.place.last_good.exists()
        up.set()
        await until(kept.place.last_good.exists, 10, "the first copy")
        kept.place.last_good.unlink()
        cut_short = LastGood(kept.journal, kept.place, up=trio.Event())
        await supervisor.start(ChildSpec("another", cut_short.run))
    assert kept.place.last_good.exists()


async def test_without_room_the_last_copy_stays(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not be what fills the disk."""
    assert await kept.copies.keep()
    good = kept.place.last_good.read_bytes()
    await kept.journal.write(created("job-2", log()))
    monkeypatch.setattr(copying, "_SPARE", 1 << 60)
    assert not await kept.copies.keep()
    assert kept.place.last_good.read_bytes() == good
    with pytest.raises(StorageFull, match="no room"):
        copy_journal(kept.place.journal, kept.place.last_good)


async def test_a_copy_that_is_broken_off_leaves_nothing(kept: Kept) -> None:
    """The one from before stays."""
    assert await kept.copies.keep()
    good = kept.place.last_good.read_bytes()

    def enough() -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError):
        copy_journal(kept.place.journal, kept.place.last_good, check=enough)
    assert kept.place.last_good.read_bytes() == good
    assert not kept.place.last_good.with_name(f"{kept.place.last_good.name}.new").exists()


async def test_the_writer_does_not_wait_for_a_copy(kept: Kept) -> None:
    """What is written meanwhile is not in it."""
    written = trio.Event()

    def check() -> None:
        trio.from_thread.run(kept.journal.write, created(f"job-{kept.journal.written + 5}", log()))
        trio.from_thread.run_sync(written.set)

    def copy() -> None:
        copy_journal(kept.place.journal, kept.place.last_good, check=check)

    await trio.to_thread.run_sync(copy)
    assert written.is_set()
    assert examine(kept.place.last_good).actors == 1


async def test_the_mark_is_there_while_it_is_open(tmp_path: Path) -> None:
    """And not afterwards."""
    place = Place(tmp_path / "journal.sqlite3")
    async with opened(place.journal):
        assert place.in_use.exists()
        assert place.wal.exists()
    assert not place.in_use.exists()
    assert not place.wal.exists()


async def test_trouble_that_has_passed_is_not_said_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although nobody writes."""
    monkeypatch.setattr("actors.journal.journal._PROBE_S", 0.01)
    async with opened(tmp_path / "journal") as journal:
        journal.trouble = "The disk is full."
        with trio.move_on_after(0.05):
            await journal.write(created("job-1"))  # wakes it
        journal.trouble = "The disk is full."
        await journal.write(created("job-2"))
        assert journal.trouble == ""
        with closing(sqlite3.connect(str(tmp_path / "journal"), isolation_level=None)) as other:
            assert journal._connection is not None
            journal._connection.execute("PRAGMA busy_timeout = 1")
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Exception, match="locked"):
                await journal.write(created("job-3"))
            assert "locked" in journal.trouble
            other.execute("ROLLBACK")
        await until(lambda: not journal.trouble, 10, "the end of the trouble")
