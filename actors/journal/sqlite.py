"""The journal's file: SQLite in WAL mode with `synchronous=FULL`. Everything here blocks, and runs in a thread.

With `synchronous=FULL` in WAL mode each commit syncs the log before it returns: https://www.sqlite.org/pragma.html
"""

import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional, Union

from actors.journal import outgoing
from actors.journal.base import Change, Committed, Message, Record, Remove, Settle, Settled, now
from actors.journal.migrations import migrate
from actors.journal.trouble import failure
from actors.runtime.errors import Conflict, NotFound
from actors.runtime.topic import Entry, Page, encode_event

MEMORY = ":memory:"

EVENTS_KEPT = 1000
"""Events kept for each actor; older ones are dropped, and who asks for them gets a `gap` event. The `end` is the last
event, so it is always among those kept."""

_TRIM_EVERY = 64
"""Old events are dropped once in so many, since a delete for each event would double the writes."""

_COLUMNS = "id, kind, state, attempt, request, snapshot, created, updated, last_seq, position"

Outcome = Union[Committed, Settled, Exception]
"""What came of one message: what was committed, or why it could not be done."""


def connect(path: Union[Path, str]) -> sqlite3.Connection:
    """Open the journal for writing, and bring its schema up to date.

    Args:
        path: The file, or `MEMORY`.

    Raises:
        StorageFailed: It is not a journal, it is damaged, or of a later version.
    """
    return _open(path, _prepare_writer)


def connect_reader(path: Union[Path, str]) -> sqlite3.Connection:
    """Open the journal a second time, for reads only."""
    return _open(path, _prepare_reader)


def _open(path: Union[Path, str], prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    try:
        if path != MEMORY:
            _keep_private(Path(path))
        connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise failure(error) from error
    return connection


def _keep_private(path: Path) -> None:
    """Let nobody else read what people asked for; SQLite gives what belongs to it the rights that the file has."""
    with suppress(OSError):  # SQLite says in its own words what is wrong with it
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            one.chmod(0o600)


def _prepare_writer(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    migrate(connection)


def _prepare_reader(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


def write_batch(connection: sqlite3.Connection, batch: Sequence[Message]) -> list[Outcome]:
    """Write many messages in one transaction: group commit.

    A message that cannot be done (an id that is taken, an actor that is gone, data that is no JSON) fails alone; when
    the transaction as a whole cannot be committed, nothing is on disk and the error is raised.

    Returns:
        One outcome for each message, in order.

    Raises:
        StorageFull: The disk is full.
        JournalLocked: Another program has had it locked for five seconds.
        JournalDamaged: It is not what was written.
        StorageFailed: SQLite reports another error.
    """
    time = now()
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [_write_one(connection, message, time) for message in batch]
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise failure(error) from error
    return outcomes


def probe(connection: sqlite3.Connection) -> None:
    """Find out whether the journal can be written, by writing what is there already.

    Raises:
        CallboardError: As for `write_batch`.
    """
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
    except sqlite3.Error as error:
        raise failure(error) from error


def _write_one(connection: sqlite3.Connection, message: Message, time: str) -> Outcome:
    if isinstance(message, Remove):
        _forget(connection, message.id)
        return Settled(message.id, 0)
    if isinstance(message, Settle):
        return Settled(message.id, outgoing.settle(connection, message.id, message.number, message.outcome))
    try:
        return _apply(connection, message.change, time)
    except (Conflict, NotFound, TypeError, ValueError) as error:
        return error  # raised before it wrote anything


def _apply(connection: sqlite3.Connection, change: Change, time: str) -> Committed:
    last_seq = _vacant(connection, change.id) if change.create else _last_seq(connection, change.id)
    entries = tuple(
        Entry(seq, event.type, encode_event(seq, change.id, time, event.type, event.data))
        for seq, event in enumerate(change.events, start=last_seq + 1)
    )
    snapshot = {**change.snapshot, "updated": time, **({"created": time} if change.create else {})}
    if change.removes:
        _forget(connection, change.id)
        return Committed(change.id, entries, snapshot, 0)
    status, request = _encode(snapshot), _encode(change.request)
    messages = outgoing.encode(change.outgoing)
    if change.create:
        _create(connection, change, request, time)
    connection.executemany(
        "INSERT INTO events (id, seq, type, payload) VALUES (?, ?, ?, ?)",
        [(change.id, entry.seq, entry.type, entry.payload) for entry in entries],
    )
    newest = last_seq + len(entries)
    connection.execute(
        "UPDATE actors SET state = ?, attempt = ?, snapshot = ?, updated = ?, last_seq = ? WHERE id = ?",
        (change.state, change.attempt, status, time, newest, change.id),
    )
    if newest // _TRIM_EVERY != last_seq // _TRIM_EVERY:
        connection.execute("DELETE FROM events WHERE id = ? AND seq <= ?", (change.id, newest - EVENTS_KEPT))
    waiting = outgoing.add(connection, change.id, messages, time) if messages else None
    return Committed(change.id, entries, snapshot, waiting)


def _forget(connection: sqlite3.Connection, actor_id: str) -> None:
    connection.execute("DELETE FROM events WHERE id = ?", (actor_id,))
    connection.execute("DELETE FROM actors WHERE id = ?", (actor_id,))
    outgoing.forget(connection, actor_id)


def _encode(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), allow_nan=False)


def _create(connection: sqlite3.Connection, change: Change, request: str, time: str) -> None:
    connection.execute(
        "INSERT INTO actors (id, kind, state, attempt, request, snapshot, created, updated, last_seq)"
        " VALUES (?, ?, ?, ?, ?, '{}', ?, ?, 0)",
        (change.id, change.kind, change.state, change.attempt, request, time, time),
    )


def _vacant(connection: sqlite3.Connection, actor_id: str) -> int:
    if connection.execute("SELECT 1 FROM actors WHERE id = ?", (actor_id,)).fetchone():
        raise Conflict(f"The id {actor_id} is taken.", hint="Use another id.")
    return 0


def _last_seq(connection: sqlite3.Connection, actor_id: str) -> int:
    row = connection.execute("SELECT last_seq FROM actors WHERE id = ?", (actor_id,)).fetchone()
    if row is None:
        raise NotFound(f"{actor_id} was removed.")
    return int(row[0])


def read_record(connection: sqlite3.Connection, actor_id: str) -> Optional[Record]:
    """Read what is kept of one actor."""
    query = f"SELECT {_COLUMNS} FROM actors WHERE id = ?"  # noqa: S608 - our own columns are put in
    row = connection.execute(query, (actor_id,)).fetchone()
    return None if row is None else _record(row)


def read_records(
    connection: sqlite3.Connection, kind: str, states: Sequence[str], before: Optional[int], limit: int
) -> list[Record]:
    """Read actors of a kind, the newest first.

    Args:
        connection: The journal.
        kind: job, build or project.
        states: Only those in one of these states; all when it is empty.
        before: Only those with a lower position.
        limit: How many at the most.
    """
    marks = ", ".join("?" * len(states))
    query = (
        f"SELECT {_COLUMNS} FROM actors WHERE kind = ?"  # noqa: S608 - only our columns and question marks are put in
        + (f" AND state IN ({marks})" if states else "")
        + (" AND position < ?" if before is not None else "")
        + " ORDER BY position DESC LIMIT ?"
    )
    values: list[Any] = [kind, *states, *([] if before is None else [before]), limit]
    return [_record(row) for row in connection.execute(query, values)]


def read_page(connection: sqlite3.Connection, actor_id: str, after: int, limit: int) -> Page:
    """Read up to `limit` events of an actor beyond `after`.

    Raises:
        NotFound: There is no such actor.
    """
    record = read_record(connection, actor_id)
    if record is None:
        raise NotFound(f"There is nothing by the id {actor_id}.")
    rows = connection.execute(
        "SELECT seq, type, payload FROM events WHERE id = ? AND seq > ? ORDER BY seq LIMIT ?", (actor_id, after, limit)
    ).fetchall()
    return Page(tuple(Entry(*row) for row in rows), record.snapshot)


def _record(row: Sequence[Any]) -> Record:
    values = list(row)
    values[4], values[5] = _decode(values[4]), _decode(values[5])
    return Record(*values)


def _decode(text: str) -> dict[str, Any]:
    """Read an object; one that is damaged is empty, so that one row does not make all others unreadable."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
