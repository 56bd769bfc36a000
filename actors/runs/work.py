"""What a run consists of: the strategy that a run's actor carries out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Protocol

from actors.journal.base import Record
from actors.journal.journal import Journal
from actors.runs.messages import Cancel
from actors.runs.reporter import Reporter
from actors.runs.states import State, Status
from actors.runtime.admission import Admission
from actors.runtime.errors import CallboardError
from actors.runtime.figures import Counter, Tally
from actors.runtime.registry import Registry


class RunFailed(CallboardError):
    """What was asked for cannot be done: a result of the run, not a crash.

    Args:
        problem: What failed and why.
        code: A stable word for programs, such as `too_few_photos`.
        hint: What to do next.
    """

    def __init__(self, problem: str, *, code: str, hint: str = "") -> None:
        super().__init__(problem, hint=hint)
        self.code = code


class RunInterrupted(CallboardError):
    """The run was broken off, and must not be tried again by itself."""


class RunPaused(CallboardError):
    """The run stops before it is done, until a person has it go on: a result of the run, not a crash.

    Args:
        problem: What it stopped for.
        code: A stable word for programs, such as `budget_reached`.
        hint: How to have it go on.
    """

    def __init__(self, problem: str, *, code: str, hint: str = "") -> None:
        super().__init__(problem, hint=hint)
        self.code = code


class Work(Protocol):
    """What one run does, for as long as its actor lives."""

    @property
    def reporter(self) -> Reporter:
        """The single writer of the run's events."""

    @property
    def group(self) -> Optional[str]:
        """Runs with the same one never run at once; None when that does not matter."""

    async def run(self) -> Mapping[str, Any]:
        """Do it, as the attempt that the reporter's status names.

        Returns:
            The run's result, JSON facts.

        Raises:
            CallboardError: It cannot be done: the run has failed.
            RunInterrupted: It must not be done again.
            RunPaused: It stops until a person has it go on.
        """

    async def cancelled(self) -> None:
        """See to what is left elsewhere after a cancel; has a second."""

    def discard(self, *, final: bool) -> None:
        """Remove what an attempt has left on disk; blocks.

        Args:
            final: False when another attempt follows.
        """


@dataclass(frozen=True)
class RunContext:
    """What all runs of a kind share.

    Attributes:
        kind: job or build.
        root: The directory that holds one directory for each.
        journal: Where their changes go.
        admission: How many run at once.
        make: Makes the work of a run from what the journal has of it; raises ValueError, KeyError or TypeError when
            that cannot be read.
        advice: What to do when a run was given up, for people.
        mailboxes: Of the runs that live.
        ended: How many have ended since the server started, by the state that they ended in.
        restarts: How often one of their actors was started again after a crash.
    """

    kind: str
    root: Path
    journal: Journal
    admission: Admission
    make: Callable[[Record, Status], Work]
    advice: str
    mailboxes: Registry[Cancel] = field(default_factory=Registry)
    ended: Tally = field(default_factory=lambda: Tally(state.value for state in State if state.final))
    restarts: Counter = field(default_factory=Counter)

    def directory(self, run_id: str) -> Path:
        """The directory of a run."""
        return self.root / run_id
