"""The line of figures at the end, and the line that moves until then."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from client.events import Event


@dataclass
class Figures:
    """What was done and measured.

    Attributes:
        seed: That was used.
        rounds: Servers that were ended.
        seconds: How long it took.
        accepted: How many of each kind were accepted.
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
        return (
            f"{self.rounds} rounds in {self.seconds / 60:.1f} minutes (seed {self.seed}): {accepted}; "
            f"{self.events} events and {self.messages} messages checked; {self.processes} processes of dead servers, "
            f"all gone within {self.slowest_end:.2f} s; ready again within {self.slowest_ready:.2f} s; "
            f"{self.megabytes:.1f} MB; {self.violations} violations"
        )


_NAMES: Mapping[str, str] = {"job": "jobs", "build": "builds", "project": "projects", "upload": "uploads"}


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
