"""What the journal holds, in numbers, for whoever watches over a server: read from indexes alone."""

import sqlite3
from collections.abc import Mapping
from typing import Optional


def count_actors(connection: sqlite3.Connection) -> Mapping[tuple[str, str], int]:
    """Count the actors, by kind and state."""
    rows = connection.execute("SELECT kind, state, count(*) FROM actors GROUP BY kind, state")
    return {(kind, state): count for kind, state, count in rows}


def oldest_outgoing(connection: sqlite3.Connection) -> Optional[str]:
    """When the outgoing message was written that has waited longest, ISO 8601 in UTC; None when none waits."""
    row = connection.execute("SELECT time FROM outbox ORDER BY position LIMIT 1").fetchone()
    return None if row is None else str(row[0])
