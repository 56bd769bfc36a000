"""The journal's schema, as the steps that lead to it. `PRAGMA user_version` counts the steps that a file has behind it.

A step is never changed once it was released: a new one is added.
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


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema up to date; each step is one transaction.

    Returns:
        How many steps were taken.

    Raises:
        StorageFailed: The file was written by a later version.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise StorageFailed(
            f"The journal is of version {version}; this program knows versions up to {len(STEPS)}.",
            hint="Use the program that wrote it, or a later one.",
        )
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in step:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return len(STEPS) - int(version)
