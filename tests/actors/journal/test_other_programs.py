"""A journal that another program opens and closes meanwhile, as an operator does with `sqlite3`."""

import subprocess
import sys
from pathlib import Path

import pytest
import trio

from actors.journal.base import Change, NewEvent
from actors.journal.journal import Journal

_COUNT = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM actors').fetchone()[0])"


async def count(file: Path) -> int:
    """How many actors another program finds in the journal, which it closes then."""
    command = [sys.executable, "-I", "-c", _COUNT, str(file)]
    done = await trio.run_process(command, capture_stdout=True, stdin=subprocess.DEVNULL)
    return int(done.stdout)


@pytest.mark.real
async def test_who_looks_into_it_does_not_take_the_log_away(tmp_path: Path) -> None:
    """It is not the last one to close the journal: what is written afterwards is found, also after a crash."""
    file = tmp_path / "journal.sqlite3"
    journal = Journal(file)
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        log = file.with_name(f"{file.name}-wal").stat().st_ino
        for number in range(3):
            assert await count(file) == number
            await journal.write(
                Change(f"job-{number}", "queued", 0, {}, (NewEvent("state", {}),), kind="job", create=True)
            )
            assert file.with_name(f"{file.name}-wal").stat().st_ino == log
        assert await count(file) == 3
        nursery.cancel_scope.cancel()
