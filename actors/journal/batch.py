"""What is written with one transaction, gathered so that each statement runs once, for all that it is for.

An actor that changes more than once in a batch has its row written once, as it is in the end. Everything here blocks.
"""

import sqlite3
from typing import NamedTuple

from actors.journal import outgoing
from actors.journal.base import Change, Committed
from actors.runtime.encoding import make_encoder
from actors.runtime.errors import Conflict, NotFound
from actors.runtime.topic import Entry, encode_event

_encode = make_encoder(ascii_only=True)


_REMEMBERED = 8192
"""Actors that are remembered from one transaction to the next."""


_Row = tuple[str, int, str, str, int, str]
"""State, attempt, snapshot, time and newest seq of an actor, and its id."""


class Kept(NamedTuple):
    """What is known of an actor, so that its row is not read before each change.

    Attributes:
        last_seq: The seq of its last event, of those that are gathered too.
        state: The state in its row.
    """

    last_seq: int
    state: str


class Batch:
    """The changes of one transaction, which is open from before the first call until after `finish`.

    Args:
        connection: The journal.
        time: Now.
        known: What transactions before this one have found out, which this one adds to. When it fails, nothing of it
            is true any more.
        kept: How many events are kept for each actor.
        trim_every: The older ones are dropped once in so many.
    """

    def __init__(
        self, connection: sqlite3.Connection, time: str, known: dict[str, Kept], *, kept: int, trim_every: int
    ) -> None:
        self._connection = connection
        self._time = time
        self._most = kept
        self._trim_every = trim_every
        self._known = known
        self._events: list[tuple[str, int, str, bytes]] = []
        self._rows: dict[str, _Row] = {}
        self._trims: dict[str, int] = {}

    def apply(self, change: Change) -> Committed:
        """Take a change.

        Raises:
            Conflict: The id of a new actor is taken.
            NotFound: The actor was removed.
            TypeError: It is not JSON.
            ValueError: As for TypeError, or the numbers of its messages do not grow.
        """
        # What raises comes first, so that nothing of such a change is written.
        actor_id, time = change.id, self._time
        before, state = (0, change.state) if change.create else self._find(actor_id)
        entries = tuple(
            [
                Entry(seq, event.type, encode_event(seq, actor_id, time, event.type, event.data))
                for seq, event in enumerate(change.events, before + 1)
            ]
        )
        snapshot = {**change.snapshot, "updated": time}
        if change.create:
            snapshot["created"] = time
        if change.removes:
            self.forget(actor_id)
            return Committed(actor_id, entries, snapshot, 0)
        status, messages = _encode(snapshot), change.outgoing and outgoing.encode(change.outgoing)
        newest = before + len(entries)
        if change.create:
            self._create(change, status, newest)
        else:
            self._rows[actor_id] = (change.state, change.attempt, status, time, newest, actor_id)
        self._known[actor_id] = Kept(newest, state)
        for entry in entries:
            self._events.append((actor_id, entry.seq, entry.type, entry.payload))
        if newest > self._most and newest // self._trim_every != before // self._trim_every:
            self._trims[actor_id] = newest - self._most
        waiting = outgoing.add(self._connection, actor_id, messages, time) if messages else None
        return Committed(actor_id, entries, snapshot, waiting)

    def forget(self, actor_id: str) -> None:
        """Drop all that is kept of an actor."""
        self.finish()
        self._known.pop(actor_id, None)
        self._connection.execute("DELETE FROM events WHERE id = ?", (actor_id,))
        self._connection.execute("DELETE FROM actors WHERE id = ?", (actor_id,))
        outgoing.forget(self._connection, actor_id)

    def finish(self) -> None:
        """Write what was gathered."""
        run = self._connection.executemany
        if self._events:
            run("INSERT INTO events (id, seq, type, payload) VALUES (?, ?, ?, ?)", self._events)
        # Most changes leave the state as it is, and SQLite would write its index anew all the same.
        same: list[_Row] = []
        other: list[_Row] = []
        for row in self._rows.values():
            (same if row[0] == self._known[row[-1]].state else other).append(row)
        found = run(
            "UPDATE actors SET attempt = ?2, snapshot = ?3, updated = ?4, last_seq = ?5 WHERE id = ?6", same
        ).rowcount
        found += run(
            "UPDATE actors SET state = ?, attempt = ?, snapshot = ?, updated = ?, last_seq = ? WHERE id = ?", other
        ).rowcount
        if found != len(self._rows):
            raise sqlite3.DatabaseError("another program removed what is kept of an actor")
        self._known.update((row[-1], Kept(self._known[row[-1]].last_seq, row[0])) for row in other)
        run("DELETE FROM events WHERE id = ? AND seq <= ?", self._trims.items())
        for gathered in (self._events, self._rows, self._trims):
            gathered.clear()
        if len(self._known) > _REMEMBERED:
            self._known.clear()

    def _create(self, change: Change, status: str, newest: int) -> None:
        values = (change.id, change.kind, change.state, change.attempt, _encode(dict(change.request)), status)
        try:
            self._connection.execute(
                "INSERT INTO actors (id, kind, state, attempt, request, snapshot, created, updated, last_seq)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, self._time, self._time, newest),
            )
        except sqlite3.IntegrityError:
            raise Conflict(f"The id {change.id} is taken.", hint="Use another id.") from None

    def _find(self, actor_id: str) -> Kept:
        found = self._known.get(actor_id)
        if found is None:
            row = self._connection.execute("SELECT last_seq, state FROM actors WHERE id = ?", (actor_id,)).fetchone()
            if row is None:
                raise NotFound(f"{actor_id} was removed.")
            found = self._known[actor_id] = Kept(*row)
        return found
