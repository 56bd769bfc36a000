"""The runs and their events on disk: SQLite, synced before anything is answered, and for one orchestrator at a time."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from client.errors import LocalProblem
from client.orchestrator.refusals import Refusal
from client.orchestrator.runs import Run, run_from_record

PAGE = 200
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, payload TEXT NOT NULL, digest TEXT,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent ON events (run, digest) WHERE digest IS NOT NULL;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Event:
    """Something that happened to a run.

    Attributes:
        seq: Counts the events of a run.
        type: `run` or `message`.
        data: What happened.
        digest: Of a message, to find it again.
    """

    seq: int
    type: str
    data: dict[str, Any]
    digest: Optional[str] = None


class Store:
    """The database. Every method blocks; `client.orchestrator.board` calls them in a thread, one at a time.

    Args:
        connection: To it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def identity(self) -> str:
        """Return what names this state directory, made when it is first asked for."""
        with _explained(), self._connection:
            wanted = ("identity", f"orchestrator-{os.urandom(6).hex()}")
            self._connection.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", wanted)
            found = self._connection.execute("SELECT value FROM facts WHERE name = 'identity'").fetchone()
        return str(found[0])

    def runs(self) -> list[Run]:
        """Return all runs."""
        with _explained():
            rows = self._connection.execute("SELECT record FROM runs").fetchall()
        return [run_from_record(json.loads(record)) for (record,) in rows]

    def write(self, run: Run, events: Sequence[Event]) -> None:
        """Write a run and what happened to it; it is on the disk when this returns."""
        rows = [(run.id, event.seq, event.type, json.dumps(event.data), event.digest) for event in events]
        with _explained(), self._connection:
            self._connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (run.id, json.dumps(run.as_record())))
            self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)

    def remove(self, run_id: str) -> None:
        """Remove a run and its events."""
        with _explained(), self._connection:
            self._connection.execute("DELETE FROM events WHERE run = ?", (run_id,))
            self._connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))

    def has(self, run_id: str, digest: str) -> bool:
        """Return whether a message is there."""
        with _explained():
            query = "SELECT 1 FROM events WHERE run = ? AND digest = ? LIMIT 1"
            return self._connection.execute(query, (run_id, digest)).fetchone() is not None

    def events(self, run_id: str, after: int, types: tuple[str, ...] = ("run", "message")) -> list[Event]:
        """Return the next events beyond `after`, a page of them."""
        marks = ", ".join("?" * len(types))
        query = (
            f"SELECT seq, type, payload FROM events WHERE run = ? AND seq > ? AND type IN ({marks}) "  # noqa: S608 - question marks
            "ORDER BY seq LIMIT ?"
        )
        with _explained():
            rows = self._connection.execute(query, (run_id, after, *types, PAGE)).fetchall()
        return [Event(seq, kind, json.loads(payload)) for seq, kind, payload in rows]


@contextmanager
def open_store(directory: Path) -> Iterator[Store]:
    """Open the database of a state directory, which is made when it is missing.

    Raises:
        LocalProblem: Another orchestrator uses it, or it cannot be used.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        problem = f"the state directory {directory} cannot be used: {error.strerror}"
        raise LocalProblem(problem, hint="name another with --state") from error
    try:
        _take_lock(lock, directory)
        with _opened(directory / "runs.sqlite") as connection:
            yield Store(connection)
    finally:
        os.close(lock)


def _take_lock(lock: int, directory: Path) -> None:
    """Make sure that nobody else writes here."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        problem = f"another orchestrator uses the state directory {directory}"
        raise LocalProblem(problem, hint="use that one, stop it, or name another directory with --state") from None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database, with its tables."""
    try:
        connection = sqlite3.connect(str(path), check_same_thread=False, timeout=5)
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _SCHEMA)
    except sqlite3.Error as error:
        hint = "name another directory with --state, or move the file away to begin anew"
        raise LocalProblem(f"{path} cannot be used: {error}", hint=hint) from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what SQLite raises into what an agent acts on: it keeps its message and tries again."""
    try:
        yield
    except sqlite3.Error as error:
        problem = f"The orchestrator cannot use its state on disk: {error}."
        raise Refusal(507, problem, "Make room on its disk, then try again.") from error
