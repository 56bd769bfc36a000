"""The words of the journal: what is kept of an actor, and what may be asked to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal, Optional, Union

from actors.runtime.mailbox import Reply
from actors.runtime.topic import Entry


@dataclass(frozen=True)
class Record:
    """What is on disk about one actor.

    Attributes:
        id: Unique across all kinds.
        kind: job, build or project.
        state: The state that it was last known to be in.
        attempt: How often it was started.
        request: What was asked for, as JSON; never changes.
        snapshot: Its status for people, as JSON, as of its last event.
        created: When it was accepted, ISO 8601 in UTC.
        updated: When its last event was written, ISO 8601 in UTC.
        last_seq: The seq of its last event.
        position: A number that grows with each actor accepted; a cursor for lists.
    """

    id: str
    kind: str
    state: str
    attempt: int
    request: Mapping[str, Any]
    snapshot: Mapping[str, Any]
    created: str
    updated: str
    last_seq: int
    position: int


@dataclass(frozen=True)
class NewEvent:
    """An event that has no seq yet.

    Attributes:
        type: Its type.
        data: Its JSON data.
    """

    type: str
    data: Mapping[str, Any]


Settlement = Literal["delivered", "refused", "expired"]
"""How an outgoing message left: somebody took it, nobody ever will, or it waited for too long."""


@dataclass(frozen=True)
class Outgoing:
    """A message to somebody outside, which is written together with what it tells of.

    Attributes:
        number: Grows from message to message of one actor. One that is not above the last one is known already, and
            is not written again.
        payload: Its JSON data.
    """

    number: int
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Queued:
    """An outgoing message that waits.

    Attributes:
        number: Its number.
        payload: Its JSON data.
        time: When it was written, ISO 8601 in UTC.
    """

    number: int
    payload: Mapping[str, Any]
    time: str


@dataclass(frozen=True)
class Counts:
    """What became of one actor's outgoing messages.

    Attributes:
        queued: How many were ever written.
        delivered: How many were taken.
        refused: How many were given up because they would never be taken.
        expired: How many were given up because they waited for too long.
    """

    queued: int = 0
    delivered: int = 0
    refused: int = 0
    expired: int = 0

    @property
    def waiting(self) -> int:
        """How many are still to be delivered."""
        return self.queued - self.delivered - self.refused - self.expired


@dataclass(frozen=True)
class Change:
    """What an actor wants written, as one: all of it is on disk, or nothing.

    Attributes:
        id: The actor.
        state: Its new state.
        attempt: Its attempt.
        snapshot: Its new status; `updated`, and `created` for a new actor, are added when it is written.
        events: New events, in order.
        kind: For a new actor only: its kind.
        request: For a new actor only: what was asked for.
        create: True for a new actor.
        outgoing: Messages to somebody outside, in the order of their numbers.
        removes: True when the actor is forgotten with it, with its events and messages: those of the change are told to
            who follows it, and kept for nobody.
    """

    id: str
    state: str
    attempt: int
    snapshot: Mapping[str, Any]
    events: tuple[NewEvent, ...] = ()
    kind: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    create: bool = False
    outgoing: tuple[Outgoing, ...] = ()
    removes: bool = False


@dataclass(frozen=True)
class Committed:
    """What was written for one change.

    Attributes:
        id: The actor.
        entries: Its events, with their seqs.
        snapshot: Its status, with `updated`.
        waiting: How many of its outgoing messages wait now; None where the change had none.
    """

    id: str
    entries: tuple[Entry, ...]
    snapshot: Mapping[str, Any]
    waiting: Optional[int] = None


@dataclass(frozen=True)
class Settled:
    """What was written for an outgoing message that left, or for an actor that was removed.

    Attributes:
        id: The actor.
        waiting: How many of its outgoing messages wait now.
    """

    id: str
    waiting: int


@dataclass(frozen=True)
class Write:
    """A message to the journal: write this, and answer when it is on disk."""

    change: Change
    reply: "Reply[Committed]"


@dataclass(frozen=True)
class Remove:
    """A message to the journal: forget this actor with all that is kept of it, and answer when that is on disk."""

    id: str
    reply: "Reply[None]"


@dataclass(frozen=True)
class Settle:
    """A message to the journal: an outgoing message needs no more delivery; answer when that is on disk."""

    id: str
    number: int
    outcome: Settlement
    reply: "Reply[None]"


Message = Union[Write, Remove, Settle]


def now() -> str:
    """The time, as it stands in events: ISO 8601 in UTC, with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
