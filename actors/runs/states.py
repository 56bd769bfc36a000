"""The states of a job, which may follow which, and its status for people. Pure.

    queued -> running -> succeeded | failed | cancelled | interrupted | paused

A job that was running when the server ended goes back to `queued`, and runs again as its next attempt. Only projects
pause: their run stops for a reason that a person can see to, and nothing follows by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Optional

from actors.runs.progress import Estimate
from actors.runs.reports import Progress

ATTEMPTS = 3
"""How often a job may crash, or have the server crash under it, before it is given up as `interrupted`."""


class State(str, Enum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    PAUSED = "paused"

    @property
    def final(self) -> bool:
        """True when nothing follows by itself."""
        return self not in (State.QUEUED, State.RUNNING)


_NEXT: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.QUEUED, State.RUNNING, State.CANCELLED, State.INTERRUPTED}),
    State.RUNNING: frozenset(State),
}


@dataclass(frozen=True)
class Status:
    """What is known of a job at one moment.

    Attributes:
        state: Where it is.
        attempt: How often it was started.
        crashes: How many of the attempts ended without a result.
        stage: What it is doing.
        percent: Of the whole, 0 to 100; never falls within an attempt.
        done: Steps of the stage that are done.
        total: Steps of the stage.
        remaining_s: Seconds that are left, an estimate.
        queue_position: 1 for the next one to run, 0 when it does not wait.
        reason: Why it is in this state, and what to do, when that is not plain.
        result: What the engine said of the model.
    """

    state: State = State.QUEUED
    attempt: int = 0
    crashes: int = 0
    stage: str = ""
    percent: float = 0.0
    done: Optional[int] = None
    total: Optional[int] = None
    remaining_s: Optional[float] = None
    queue_position: int = 0
    reason: str = ""
    result: Optional[Mapping[str, Any]] = None

    def waiting(self, position: int, reason: str = "") -> "Status":
        """Wait in the queue (again)."""
        fresh = Status(attempt=self.attempt, crashes=self.crashes)
        return replace(self._enter(State.QUEUED, fresh), queue_position=position, reason=reason)

    def started(self, reason: str = "") -> "Status":
        """Start the next attempt."""
        fresh = Status(attempt=self.attempt + 1, crashes=self.crashes, stage="starting", reason=reason)
        return self._enter(State.RUNNING, fresh)

    def advanced(self, progress: Progress, estimate: Estimate) -> "Status":
        """Take what the engine reported."""
        return replace(
            self,
            stage=progress.stage,
            percent=estimate.percent,
            done=progress.done,
            total=progress.total,
            remaining_s=estimate.remaining_s,
        )

    def crashed(self) -> "Status":
        """Count an attempt that ended without a result."""
        return replace(self, crashes=self.crashes + 1)

    def ended(self, state: State, reason: str = "", result: Optional[Mapping[str, Any]] = None) -> "Status":
        """End in a final state."""
        percent = 100.0 if state is State.SUCCEEDED else self.percent
        last = replace(self, percent=percent, remaining_s=None, queue_position=0, reason=reason, result=result)
        return self._enter(state, last)

    def as_json(self) -> dict[str, Any]:
        """The status as plain JSON values."""
        return {**vars(self), "state": self.state.value}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Status":
        """Read a status back from a snapshot, ignoring what else is in there."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        return cls(**{**known, "state": State(known.get("state", State.QUEUED.value))})

    def _enter(self, state: State, status: "Status") -> "Status":
        if state not in _NEXT.get(self.state, frozenset()):
            raise ValueError(f"a job cannot go from {self.state.value} to {state.value}")
        return replace(status, state=state)
