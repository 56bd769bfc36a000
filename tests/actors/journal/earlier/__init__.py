"""Journals of earlier versions of the schema, as text: each was written by a server of its time, which was killed.

`1.sql` is from the last server that knew version 1: a job that succeeded, one that failed, one that ran and one that
waited. `2.sql` is from the first server that built apps: jobs, builds, and messages that wait for an orchestrator.

Add one with each new step, of a server from before it that was killed in the middle of its work:

    ./run shell -m tests.actors.journal.earlier DATA_DIR >tests/actors/journal/earlier/N.sql
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from actors.datadir import DataDir
from tests.actors.jobs.engines.support import PHOTOS

FOLDER = Path(__file__).parent
VERSIONS = sorted(int(path.stem) for path in FOLDER.glob("*.sql"))
"""Of the schema; there is a journal of each."""

TABLES = ("actors", "events", "outbox", "deliveries")
PLACES = {"job": "jobs", "build": "builds", "project": "projects"}

_ROOT = "{data}"
"""What stands in a text for the data directory of its server."""


def dump(root: Path) -> Iterator[str]:
    """Write the journal of a data directory as text, one statement a line or more."""
    with closing(sqlite3.connect(str(DataDir(root).journal))) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        yield f"PRAGMA user_version = {version};"
        for statement in connection.iterdump():
            yield statement.replace(str(root), _ROOT)


def load(version: int, path: Path) -> None:
    """Make a journal of a version from its text.

    Args:
        version: Of the schema.
        path: The journal's file, in its data directory.
    """
    text = (FOLDER / f"{version}.sql").read_text(encoding="utf-8").replace(_ROOT, str(path.parent))
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(text)


def load_data(version: int, root: Path) -> DataDir:
    """Make a data directory of a version: its journal, and the files of its actors."""
    data = DataDir(root)
    root.mkdir(mode=0o700, parents=True)
    load(version, data.journal)
    for row in rows(data.journal, "actors"):
        own = root / PLACES[row["kind"]] / row["id"]
        own.mkdir(parents=True)
        if row["kind"] == "job":
            (own / "images").mkdir()
            for number, photo in enumerate(sorted(PHOTOS.glob("*.jpg"))[:2], start=1):
                shutil.copyfile(photo, own / "images" / f"{number:04d}.jpg")
            if row["state"] == "succeeded":
                (own / "model.glb").write_bytes(b"glTF of " + row["id"].encode())
    return data


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    """Read a table of a journal that nobody writes to, in the order of its positions; JSON is decoded."""
    with closing(sqlite3.connect(str(path))) as connection:
        connection.row_factory = sqlite3.Row
        order = "id" if table == "deliveries" else "position"
        found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]
    return [{name: _decoded(name, value) for name, value in row.items()} for row in found]


def content(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of a journal."""
    with closing(sqlite3.connect(str(path))) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {table: rows(path, table) if table in there else [] for table in TABLES}


def set_version(path: Path, version: int) -> None:
    """Say that a journal is of a version."""
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def _decoded(name: str, value: Any) -> Any:
    return json.loads(value) if name in {"request", "snapshot", "payload"} else value
