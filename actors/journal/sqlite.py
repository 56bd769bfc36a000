"""The journal's file: SQLite in WAL mode with `synchronous=FULL`. Everything here blocks, and runs in a thread.

With `synchronous=FULL` in WAL mode each commit syncs the log before it returns: https://www.sqlite.org/pragma.html
"""

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional, TypeVar, Union

from actors.journal import outgoing
from actors.journal.base import Committed, Message, Record, Remove, Settle, Settled, now
from actors.journal.batch import Batch, Kept
from actors.journal.migrations import migrate
from actors.journal.trouble import JournalDamaged, failure
from actors.journal.upgrading import refuse_later, upgrade
from actors.runtime.errors import ActorStopped, Conflict, NotFound
from actors.runtime.topic import Entry, Page

T = TypeVar("T")

MEMORY = ":memory:"

EVENTS_KEPT = 1000
"""Events kept for each actor; older ones are dropped, and who asks for them gets a `gap` event. The `end` is the last
event, so it is always among those kept."""

_TRIM_EVERY = 64
"""Old events are dropped once in so many, since a delete for each event would double the writes."""

_LOG_SIZE = 16 * 1024 * 1024
"""Bytes that the log (WAL) is left with when it begins anew. By itself it does so after 1,000 pages, some 4 MB, unless
somebody reads for long: on a small disk it is soon what fills it."""

_COLUMNS = "id, kind, state, attempt, request, snapshot, created, updated, last_seq, position"

Outcome = Union[Committed, Settled, Exception]
"""What came of one message: what was committed, or why it could not be done."""


def connect(path: Union[Path, str]) -> sqlite3.Connection:
    """Open the journal for writing, and bring its schema up to date.

    Args:
        path: The file, or `MEMORY`.

    Raises:
        StorageFull: It is of an earlier version, and there is no room for the copy that is kept of it then.
        StorageFailed: It is not a journal, it is damaged, or of a later version.
    """
    if path != MEMORY:
        refuse_later(Path(path))

    def prepare(connection: sqlite3.Connection) -> None:
        _prepare_writer(connection)
        if path == MEMORY:
            migrate(connection)
        else:
            upgrade(connection, Path(path))

    return _open(path, prepare)


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
        # A file that is there is not opened: closing it would take away the locks that this process has on it (POSIX),
        # and another program that closes the journal would take itself for the last one, and remove the log (-wal).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            one.chmod(0o600)


def _prepare_writer(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_SIZE}")


def _prepare_reader(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


def write_batch(
    connection: sqlite3.Connection, batch: Sequence[Message], known: Optional[dict[str, Kept]] = None
) -> list[Outcome]:
    """Write many messages in one transaction: group commit.

    A message that cannot be done (an id that is taken, an actor that is gone, data that is no JSON) fails alone; when
    the transaction as a whole cannot be committed, nothing is on disk and the error is raised.

    Args:
        connection: The journal.
        batch: The messages.
        known: What calls before this one have found out of actors, for one who alone writes to the journal.

    Returns:
        One outcome for each message, in order.

    Raises:
        StorageFull: The disk is full.
        JournalLocked: Another program has had it locked for five seconds.
        JournalDamaged: It is not what was written.
        StorageFailed: SQLite reports another error.
    """
    known = {} if known is None else known
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            changes = Batch(connection, now(), known, kept=EVENTS_KEPT, trim_every=_TRIM_EVERY)
            outcomes = [_write_one(connection, changes, message) for message in batch]
            changes.finish()
            connection.execute("COMMIT")
        except BaseException:
            known.clear()
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


def _write_one(connection: sqlite3.Connection, changes: Batch, message: Message) -> Outcome:
    if isinstance(message, Remove):
        changes.forget(message.id)
        return Settled(message.id, 0)
    if isinstance(message, Settle):
        return Settled(message.id, outgoing.settle(connection, message.id, message.number, message.outcome))
    try:
        return changes.apply(message.change)
    except (Conflict, NotFound, TypeError, ValueError) as error:
        return error  # raised before it wrote anything


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
    query = (
        f"SELECT {_COLUMNS} FROM actors WHERE kind = ?"  # noqa: S608 - only our columns and question marks are put in
        + (f" AND state IN ({_marks(states)})" if states else "")
        + (" AND position < ?" if before is not None else "")
        + " ORDER BY position DESC LIMIT ?"
    )
    values: list[Any] = [kind, *states, *([] if before is None else [before]), limit]
    return [_record(row) for row in connection.execute(query, values)]


def read_latest(
    connection: sqlite3.Connection, kinds: Sequence[str], states: Sequence[str], limit: int
) -> list[Record]:
    """Read up to `limit` actors of these kinds and states, those that changed last; the latest change comes last."""
    query = (
        f"SELECT {_COLUMNS} FROM actors WHERE position IN"  # noqa: S608 - as above
        f" (SELECT position FROM actors WHERE kind IN ({_marks(kinds)}) AND state IN ({_marks(states)})"
        " ORDER BY updated DESC, position DESC LIMIT ?) ORDER BY updated, position"
    )
    return [_record(row) for row in connection.execute(query, [*kinds, *states, limit])]


def read_times(connection: sqlite3.Connection, kind: str, states: Sequence[str]) -> dict[str, str]:
    """Read when each actor changed last, by its id, the newest actor first; `kind`, `states` as for `read_records`."""
    query = (
        "SELECT id, updated FROM actors WHERE kind = ?"  # noqa: S608 - only question marks are put in
        + (f" AND state IN ({_marks(states)})" if states else "")
        + " ORDER BY position DESC"
    )
    return dict(connection.execute(query, [kind, *states]).fetchall())


def read_ids(connection: sqlite3.Connection, limit: int) -> list[str]:
    """Read up to `limit` of the ids of all actors."""
    return [actor_id for (actor_id,) in connection.execute("SELECT id FROM actors LIMIT ?", (limit,))]


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


def opened(connection: Optional[sqlite3.Connection]) -> sqlite3.Connection:
    """Tell who comes too early or too late that the journal is not open.

    Raises:
        ActorStopped: It is not.
    """
    if connection is None:
        raise ActorStopped("The journal is not open.", hint="Try again in a moment.")
    return connection


def read_twice(function: Callable[..., T], connection: sqlite3.Connection, *args: Any) -> T:
    """Read again before a file counts as damaged: SQLite says the same where the disk failed to read once (EIO)."""
    try:
        return function(connection, *args)
    except sqlite3.Error as error:
        if not isinstance(failure(error), JournalDamaged):
            raise
    return function(connection, *args)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


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
