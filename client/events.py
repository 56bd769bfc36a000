"""What an event is, and how it is read from the server's JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from client.errors import BadAnswer

FINAL_STATES = frozenset({"succeeded", "failed", "cancelled", "interrupted", "paused"})
"""Nothing follows by itself; only projects pause."""


def is_final(state: object) -> bool:
    """Whether a job in this state has ended.

    Args:
        state: As the server gave it.
    """
    return isinstance(state, str) and state in FINAL_STATES


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        seq: Its number, contiguous within an id.
        id: Of the job.
        time: When, ISO 8601 in UTC.
        type: state, progress, log, gap or end.
        data: What it says.
    """

    seq: int
    id: str
    time: str
    type: str
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the event as the server sent it."""
        return {"seq": self.seq, "id": self.id, "time": self.time, "type": self.type, "data": self.data}


def parse_event(message: Union[str, bytes]) -> Event:
    """Read an event.

    Args:
        message: One text message of the stream.

    Returns:
        The event.

    Raises:
        BadAnswer: It is not one.
    """
    try:
        value = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("the server sent something that is not an event", hint=_HINT) from error
    return event_of(value)


def event_of(value: Any) -> Event:  # noqa: ANN401 - any JSON
    """Check an event that was read as JSON.

    Raises:
        BadAnswer: It is not one.
    """
    try:
        event = Event(value["seq"], value["id"], value["time"], value["type"], value["data"])
    except (TypeError, KeyError) as error:
        raise BadAnswer("the server sent something that is not an event", hint=_HINT) from error
    texts = (event.id, event.time, event.type)
    fits = type(event.seq) is int and isinstance(event.data, dict) and all(isinstance(text, str) for text in texts)
    if not fits:
        raise BadAnswer("the server sent an event of another shape", hint=_HINT)
    return event


_HINT = "check that --url is a Callboard server, and that this client is as new as the server"


@dataclass(frozen=True)
class EventsPage:
    """Some events of the past.

    Attributes:
        events: They, in order.
        last: The `after` of the next page.
    """

    events: tuple[Event, ...]
    last: int


def events_page(answer: Mapping[str, Any], after: int) -> EventsPage:
    """Read a page of events.

    Args:
        answer: As the server sent it.
        after: What was asked for.

    Raises:
        BadAnswer: It is not one.
    """
    found = answer.get("events")
    if not isinstance(found, list):
        raise BadAnswer("the server sent something that is not a page of events", hint=_HINT)
    events = tuple(map(event_of, found))
    return EventsPage(events, max(after, events[-1].seq) if events else after)


def missed(event: Event, last: int) -> Event:
    """Return a gap event for what is missing between the last event and this one.

    Args:
        event: The first after the gap.
        last: The seq of the last one before it.
    """
    data = {"missed_from": last + 1, "missed_to": event.seq - 1, "snapshot": None}
    return Event(event.seq - 1, event.id, event.time, "gap", data)
