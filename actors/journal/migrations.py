"""The journal's schema, as the steps that lead to it. `PRAGMA user_version` counts the steps that a file has behind it.

A step is never changed once it was released: a new one is added. The version is that of the whole data directory: where
the form of any other file in it changes, so that an older program would misread it, a step is added too, be it an empty
one. A server looks at the journal before it does at any job, build, project or upload, and leaves alone what is of a
later version.
"""

import sqlite3

from actors.runtime.errors import StorageFailed

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE actors (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            request TEXT NOT NULL,
            snapshot TEXT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            last_seq INTEGER NOT NULL
        )
        """,
        "CREATE INDEX actors_by_state ON actors (kind, state, position)",
        """
        CREATE TABLE events (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            seq INTEGER NOT NULL,
            type TEXT NOT NULL,
            payload BLOB NOT NULL,
            UNIQUE (id, seq)
        )
        """,
    ),
    (
        """
        CREATE TABLE outbox (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            number INTEGER NOT NULL,
            payload TEXT NOT NULL,
            time TEXT NOT NULL,
            UNIQUE (id, number)
        )
        """,
        """
        CREATE TABLE deliveries (
            id TEXT PRIMARY KEY,
            last_number INTEGER NOT NULL,
            queued INTEGER NOT NULL,
            delivered INTEGER NOT NULL DEFAULT 0,
            refused INTEGER NOT NULL DEFAULT 0,
            expired INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID
        """,
    ),
)


def version_of(connection: sqlite3.Connection) -> int:
    """Read how many steps a journal has behind it; 0 for one that has nothing in it yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def too_new(version: int) -> str:
    """Say why a journal of a version cannot be used, a sentence without its end; empty when it can."""
    if version <= len(STEPS):
        return ""
    return f"The journal is of version {version}; this program knows versions up to {len(STEPS)}"


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema up to date: all steps in one transaction, so that no file is ever of a version in between.

    Returns:
        How many steps were taken.

    Raises:
        StorageFailed: The file was written by a later version.
        sqlite3.Error: It cannot be written; it is as it was.
    """
    version = version_of(connection)
    if too_new(version):
        raise StorageFailed(f"{too_new(version)}.", hint="Start the Callboard that wrote it, or a later one.")
    if version == len(STEPS):
        return 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (statement for step in STEPS[version:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise
    return len(STEPS) - version
