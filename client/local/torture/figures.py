"""The line of figures at the end, and the line that moves until then."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from client.events import Event
from client.local.torture.plan import Ending


@dataclass
class Figures:
    """What was done and measured.

    Attributes:
        seed: That was used.
        rounds: Servers that were ended.
        seconds: How long it took.
        accepted: How many of each kind were accepted.
        asked: How often something was asked of what was there, and accepted: to change a project, to go on with one,
            to retry, to cancel, to remove.
        endings: How many servers were ended in each way.
        messages: That came to the orchestrator.
        events: How often an event was checked.
        processes: That dead servers had left.
        slowest_end: Seconds that the processes of a dead server lived at most.
        slowest_ready: Seconds from a start to an open port at most.
        megabytes: On the disk at the end.
        violations: What was promised and did not hold.
    """

    seed: int
    rounds: int = 0
    seconds: float = 0.0
    accepted: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_ENDINGS, 0))
    messages: int = 0
    events: int = 0
    processes: int = 0
    slowest_end: float = 0.0
    slowest_ready: float = 0.0
    megabytes: float = 0.0
    violations: int = 0

    def as_dict(self) -> "dict[str, object]":
        """Return them as JSON values."""
        return asdict(self)

    def line(self) -> str:
        """Return them in one line."""
        accepted = ", ".join(f"{self.accepted.get(kind, 0)} {name}" for kind, name in _NAMES.items())
        asked = ", ".join(f"{self.asked.get(kind, 0)} {name}" for kind, name in _ASKED.items())
        endings = ", ".join(f"{self.endings[kind]} {name}" for kind, name in _ENDINGS.items())
        return (
            f"{self.rounds} rounds in {self.seconds / 60:.1f} minutes (seed {self.seed}), "
            f"ended by {endings}: {accepted}; {asked}; "
            f"{self.events} events and {self.messages} messages checked; {self.processes} processes of dead servers, "
            f"all gone within {self.slowest_end:.2f} s; ready again within {self.slowest_ready:.2f} s; "
            f"{self.megabytes:.1f} MB; {self.violations} violations"
        )


_NAMES: Mapping[str, str] = {"job": "jobs", "build": "builds", "project": "projects", "upload": "uploads"}
_ASKED: Mapping[str, str] = {
    "message": "changes of projects",
    "continue": "goings on with them",
    "retry": "retries",
    "cancel": "cancels",
    "remove": "removals",
}
_ENDINGS: Mapping[str, str] = {ending.name.lower(): ending.value for ending in Ending}


def progress_event(figures: Figures, rounds: int) -> Event:
    """Return how far a torture is, as an event that every renderer can show."""
    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    left = figures.seconds / figures.rounds * (rounds - figures.rounds) if figures.rounds else None
    data = {
        "stage": "ending and checking",
        "percent": 100 * figures.rounds / rounds,
        "done": figures.rounds,
        "total": rounds,
        "remaining_s": left,
        "attempt": 1,
    }
    return Event(max(1, figures.rounds), "torture", time, "progress", data)
