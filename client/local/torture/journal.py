"""The journal of a server that died, read from a copy: reading it in its place could mend what the next one has to."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from client.local.torture.checks.truth import Row
from client.local.torture.folder import Folder

_NAME = "journal.sqlite3"
_PARTS = ("", "-wal")


def read_rows(folder: Folder) -> dict[str, Row]:
    """Return what the journal has of each job, build and project, by id. Blocks; no server may run.

    Raises:
        sqlite3.Error: It is damaged.
    """
    if not (folder.data / _NAME).exists():
        return {}
    copy = _copy(folder)
    with closing(sqlite3.connect(copy)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'actors'").fetchall()
        found = connection.execute("SELECT id, kind, state, attempt, updated, last_seq FROM actors") if tables else ()
        return {row[0]: Row(*row[1:]) for row in found}


def _copy(folder: Folder) -> Path:
    """Copy the journal, with what has not been taken into it yet."""
    target = folder.look / _NAME
    for suffix in ("", "-wal", "-shm"):
        target.with_name(f"{_NAME}{suffix}").unlink(missing_ok=True)
    for suffix in _PARTS:
        part = folder.data / f"{_NAME}{suffix}"
        if part.exists():
            shutil.copyfile(part, target.with_name(part.name))
    return target
