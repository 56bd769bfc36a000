"""The journal's outgoing messages: those that wait are rows, those that left are counted.

A row is written in the same transaction as the change that it tells of (a transactional outbox), so that there is never
one without the other.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from actors.journal.base import Counts, Outgoing, Queued, Settlement
from actors.runtime.encoding import make_encoder

_encode = make_encoder(ascii_only=True)


def encode(messages: Sequence[Outgoing]) -> list[tuple[int, str]]:
    """Make rows of messages.

    Raises:
        ValueError: Their numbers do not grow, or a payload is no JSON.
        TypeError: A payload is no JSON.
    """
    numbers = [message.number for message in messages]
    if any(later <= earlier for earlier, later in zip(numbers, numbers[1:])):
        raise ValueError(f"the numbers of outgoing messages have to grow: {numbers}")
    return [(message.number, _encode(dict(message.payload))) for message in messages]


def add(connection: sqlite3.Connection, actor_id: str, messages: Sequence[tuple[int, str]], time: str) -> int:
    """Queue rows made by `encode`, within a transaction; of a number that is not above the last one nothing is queued.

    Args:
        connection: The journal.
        actor_id: Whose messages.
        messages: Their numbers and payloads.
        time: Now.

    Returns:
        How many of the actor's messages wait.
    """
    row = connection.execute("SELECT last_number FROM deliveries WHERE id = ?", (actor_id,)).fetchone()
    new = [message for message in messages if row is None or message[0] > row[0]]
    connection.executemany(
        "INSERT INTO outbox (id, number, payload, time) VALUES (?, ?, ?, ?)",
        [(actor_id, number, payload, time) for number, payload in new],
    )
    if new:
        connection.execute("INSERT OR IGNORE INTO deliveries (id, last_number, queued) VALUES (?, 0, 0)", (actor_id,))
        connection.execute(
            "UPDATE deliveries SET last_number = ?, queued = queued + ? WHERE id = ?", (new[-1][0], len(new), actor_id)
        )
    return read_counts(connection, actor_id).waiting


def settle(connection: sqlite3.Connection, actor_id: str, number: int, outcome: Settlement) -> int:
    """Take a message off the queue and count what became of it, within a transaction.

    Returns:
        How many of the actor's messages wait.
    """
    if connection.execute("DELETE FROM outbox WHERE id = ? AND number = ?", (actor_id, number)).rowcount:
        connection.execute(
            "UPDATE deliveries SET delivered = delivered + ?, refused = refused + ?, expired = expired + ?"
            " WHERE id = ?",
            (outcome == "delivered", outcome == "refused", outcome == "expired", actor_id),
        )
    return read_counts(connection, actor_id).waiting


def forget(connection: sqlite3.Connection, actor_id: str) -> None:
    """Drop all that is known of an actor's messages, within a transaction."""
    connection.execute("DELETE FROM outbox WHERE id = ?", (actor_id,))
    connection.execute("DELETE FROM deliveries WHERE id = ?", (actor_id,))


def read_waiting(connection: sqlite3.Connection, actor_id: str, limit: int) -> list[Queued]:
    """Read the messages of an actor that wait, in the order of their numbers."""
    rows = connection.execute(
        "SELECT number, payload, time FROM outbox WHERE id = ? ORDER BY number LIMIT ?", (actor_id, limit)
    )
    return [Queued(number, _decode(payload), time) for number, payload, time in rows]


def read_undelivered(connection: sqlite3.Connection) -> dict[str, int]:
    """Read how many messages wait, by actor; whose newest message is the newest comes first."""
    rows = connection.execute("SELECT id, count(*) FROM outbox GROUP BY id ORDER BY max(position) DESC")
    return dict(rows.fetchall())


def read_counts(connection: sqlite3.Connection, actor_id: str) -> Counts:
    """Read what became of an actor's messages."""
    row = connection.execute(
        "SELECT queued, delivered, refused, expired FROM deliveries WHERE id = ?", (actor_id,)
    ).fetchone()
    return Counts() if row is None else Counts(*row)


def _decode(text: str) -> dict[str, Any]:
    """Read a payload; one that is damaged is empty, so that it can be refused and does not stop those behind it."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
