"""The event stream of one job, build or project, as whoever reads it has to see it across any number of servers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from client.events import Event, is_final

PROJECT = "project"
_AFTER_FINAL = frozenset({"end", "state", "progress", "message"})
"""Of what may be said of a run, what must not follow its final state; tools of a project may go on."""

_NEXT: Mapping[str, frozenset[str]] = {
    "": frozenset({"queued"}),
    "queued": frozenset({"queued", "running", "cancelled", "interrupted"}),
    "running": frozenset({"queued", "running", "succeeded", "failed", "cancelled", "interrupted", "paused"}),
}


def digest(value: object) -> bytes:
    """Return what tells a JSON value from another, in a few bytes."""
    text = json.dumps(value, sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).digest()


def message_digest(message: Mapping[str, Any]) -> bytes:
    """Return what tells a message to the orchestrator from another."""
    return digest([message.get(name) for name in ("type", "content", "timestamp")])


@dataclass
class History:
    """What is known of one stream: whoever read it, on whichever server, has seen a part of the same.

    Attributes:
        id: Whose stream.
        kind: job, build or project.
        known: What each event was, in the order of the numbers.
        told: Of a build: its messages, in order.
        state: That the newest `state` event told.
        attempt: That it told.
        percent: Of the newest `progress` in this attempt.
        ended: Whether `end` was seen.
        checked: How many events were looked at, by all readers.
    """

    id: str
    kind: str
    known: list[bytes] = field(default_factory=list)
    told: list[bytes] = field(default_factory=list)
    state: str = ""
    attempt: int = 0
    percent: float = 0.0
    ended: bool = False
    checked: int = 0

    @property
    def last(self) -> int:
        """The highest number that anybody has seen."""
        return len(self.known)

    @property
    def final(self) -> bool:
        """Whether the newest state is one after which nothing follows by itself."""
        return is_final(self.state)

    def take(self, after: int, event: Event) -> Optional[str]:
        """Take the event that a reader got.

        Args:
            after: The number of the one that this reader had before; 0 for none.
            event: It.

        Returns:
            What is wrong with it; None when nothing is.
        """
        self.checked += 1
        if event.id != self.id:
            return f"{self.id}: an event of {event.id} came in its stream"
        if event.seq != after + 1:
            what = "came again" if event.seq <= after else f"came, and {after + 1} to {event.seq - 1} did not"
            return f"{self.id}: event {event.seq} {what}; the one before was {after}"
        found = digest(event.as_dict())
        if event.seq <= len(self.known):
            if self.known[event.seq - 1] != found:
                return f"{self.id}: event {event.seq} ({event.type}) is not what it was when it was first seen"
            return None
        if self.ended:
            return f"{self.id}: event {event.seq} ({event.type}) came after its end"
        self.known.append(found)
        return self._heed(event)

    def _heed(self, event: Event) -> Optional[str]:
        """Take in what a new event says."""
        if event.type == "state":
            return self._enter(event)
        if self.final and self.kind != PROJECT and event.type in _AFTER_FINAL - {"end"}:
            return f"{self.id}: event {event.seq} ({event.type}) came after its final state {self.state}"
        if event.type == "progress":
            return self._advance(event)
        if event.type == "message":
            self.told.append(message_digest(event.data))
        elif event.type == "gap":
            return f"{self.id}: event {event.seq} is a gap: {event.data.get('missed_from')} on are not kept"
        elif event.type == "end":
            self.ended = True
            if event.data.get("state") != self.state and self.kind != PROJECT:
                return f"{self.id}: its end says {event.data.get('state')}, its last state was {self.state}"
        return None

    def _enter(self, event: Event) -> Optional[str]:
        """Take a new state: one that may follow, in an attempt that may."""
        state, attempt = str(event.data.get("state")), int(event.data.get("attempt") or 0)
        before, self.state = self.state, state
        if not self._may_follow(before, state):
            return f"{self.id}: event {event.seq} says {state}, after {before or 'nothing'}"
        if state == "running" and before == "queued" and attempt != self.attempt + 1:
            return f"{self.id}: event {event.seq} says attempt {attempt}, after attempt {self.attempt}"
        self.attempt, self.percent = attempt, 0.0 if before != state else self.percent
        return None

    def _may_follow(self, before: str, state: str) -> bool:
        if is_final(before):
            # A project is asked for more; that its files are gone, or there again, is told in the same state.
            return self.kind == PROJECT and state in {"queued", before}
        return state in _NEXT.get(before, frozenset())

    def _advance(self, event: Event) -> Optional[str]:
        """Take progress, which never falls within an attempt."""
        percent = float(event.data.get("percent") or 0.0)
        attempt = int(event.data.get("attempt") or 0)
        if attempt < self.attempt:
            return f"{self.id}: event {event.seq} is progress of attempt {attempt}, after attempt {self.attempt} began"
        before, self.percent = self.percent, percent
        if percent < before:
            return f"{self.id}: event {event.seq} fell from {before:g} to {percent:g} % within attempt {attempt}"
        return None
