"""The words of the journal: what is kept of an actor, and what may be asked to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Union

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
    """

    id: str
    state: str
    attempt: int
    snapshot: Mapping[str, Any]
    events: tuple[NewEvent, ...] = ()
    kind: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    create: bool = False


@dataclass(frozen=True)
class Committed:
    """What was written for one change.

    Attributes:
        id: The actor.
        entries: Its events, with their seqs.
        snapshot: Its status, with `updated`.
    """

    id: str
    entries: tuple[Entry, ...]
    snapshot: Mapping[str, Any]


@dataclass(frozen=True)
class Write:
    """A message to the journal: write this, and answer when it is on disk."""

    change: Change
    reply: "Reply[Committed]"


@dataclass(frozen=True)
class Remove:
    """A message to the journal: forget this actor and its events, and answer when that is on disk."""

    id: str
    reply: "Reply[None]"


Message = Union[Write, Remove]


def now() -> str:
    """The time, as it stands in events: ISO 8601 in UTC, with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
