"""The journal on a machine that has no thread left: it waits, it says so, and it goes on."""

from pathlib import Path

import pytest

from actors.journal.journal import Journal
from actors.journal.lastgood import LastGood
from actors.journal.place import Place
from actors.runtime.supervisor import ChildSpec, open_supervisor
from actors.runtime.threads import NoThread
from tests.actors.journal.support import changed, created, log
from tests.threadless import threadless


async def test_it_waits_for_a_thread_once(tmp_path: Path) -> None:
    """A few starts that fail in a row are not even seen; then it has one of its own, and needs no other."""
    journal = Journal(tmp_path / "journal")
    async with open_supervisor("test", intensity=0) as supervisor:
        with threadless(6) as refused:
            await supervisor.start(ChildSpec("journal", journal.run))
        assert len(refused) == 6
        with threadless():
            assert (await journal.write(created("a", log()))).entries[0].seq == 1
        assert journal.trouble == ""
        supervisor.close()


async def test_what_finds_no_thread_in_time_is_refused(tmp_path: Path) -> None:
    """What is only read; what is written is not, and the journal lives."""
    journal = Journal(tmp_path / "journal")
    async with open_supervisor("test", intensity=0) as supervisor:
        await supervisor.start(ChildSpec("journal", journal.run))
        await journal.write(created("a", log()))
        with threadless():
            with pytest.raises(NoThread):
                await journal.get("a")
            await journal.write(changed("a", log()))
        assert not journal.trouble
        assert (await journal.write(changed("a", log()))).entries[0].seq == 3
        supervisor.close()


async def test_its_end_waits_for_a_thread(tmp_path: Path) -> None:
    """It closes its file, in place of ending as if it had crashed."""
    place = Place(tmp_path / "journal.sqlite3")
    journal = Journal(place.journal)
    async with open_supervisor("test", intensity=0) as supervisor:
        await supervisor.start(ChildSpec("journal", journal.run))
        await journal.write(created("a", log()))
        assert place.in_use.exists()
        with threadless(3) as refused:
            assert await supervisor.stop("journal")
        assert len(refused) == 3
        assert not place.in_use.exists()
        assert not place.wal.exists()
        supervisor.close()


async def test_the_copy_is_made_the_next_time(tmp_path: Path) -> None:
    """In place of a crash, and of another one at once."""
    path = tmp_path / "journal.sqlite3"
    journal = Journal(path)
    async with open_supervisor("test", intensity=0) as supervisor:
        await supervisor.start(ChildSpec("journal", journal.run))
        await journal.write(created("a", log()))
        copies = LastGood(journal, Place(path))
        with threadless():
            assert not await copies.keep()
        assert await copies.keep()
        supervisor.close()
