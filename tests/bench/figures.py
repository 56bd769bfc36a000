"""Figures of alternated rounds, and what becomes of them: ratios, and a table for people.

A figure says what something cost, so less is better, and a ratio is a peer's figure by ours: more than 1 is ahead.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

Values = Mapping[str, float]
"""What one round of one side found, by name."""

OURS = "callboard"


@dataclass(frozen=True)
class Ratio:
    """A peer's cost by ours.

    Attributes:
        least: Of all rounds.
        median: Of all rounds.
        most: Of all rounds.
    """

    least: float
    median: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:.2f} / {self.median:.2f} / {self.most:.2f}"


@dataclass
class Result:
    """All rounds of one piece of work.

    Attributes:
        case: Its name.
        about: What was done, in words.
        unit: What times are for one of.
        tells: The figures that the table has.
        rounds: By side, in the order in which they were measured.
        size: How much of it there was, for work that is measured as it grows.
    """

    case: str
    about: str
    unit: str
    tells: Sequence[str]
    rounds: dict[str, list[Values]] = field(default_factory=dict)
    size: Optional[int] = None

    @property
    def names(self) -> list[str]:
        """The figures that every side has, in order."""
        first = [list(rounds[0]) for rounds in self.rounds.values() if rounds]
        return [name for name in (first[0] if first else []) if all(name in each for each in first)]

    def ratios(self, side: str, name: str) -> list[float]:
        """A side's figure by ours, round by round."""
        return [theirs[name] / ours[name] for theirs, ours in zip(self.rounds[side], self.rounds[OURS])]

    def median(self, side: str, name: str) -> float:
        """The median of a side's figure."""
        return statistics.median(values[name] for values in self.rounds[side])

    def as_json(self) -> dict[str, Any]:
        """Every figure of every round, and the ratios of those that are compared."""
        sides = [side for side in self.rounds if side != OURS] if OURS in self.rounds else []
        return {
            "case": self.case,
            "about": self.about,
            "unit": self.unit,
            "tells": list(self.tells),
            "size": self.size,
            "rounds": {side: [dict(values) for values in rounds] for side, rounds in self.rounds.items()},
            "ratios": {side: {name: vars(ratio(self.ratios(side, name))) for name in self.names} for side in sides},
        }

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Result":
        """What `as_json` made it of."""
        tells, rounds = tuple(found["tells"]), {side: list(rounds) for side, rounds in found["rounds"].items()}
        return cls(found["case"], found["about"], found["unit"], tells, rounds, found["size"])


def ratio(values: Sequence[float]) -> Ratio:
    """The least, the median and the most of some."""
    return Ratio(min(values), statistics.median(values), max(values))


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of all do not exceed; `values` need no order."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


_SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
_BYTES = frozenset({"peak", "growth", "memory"})
_FACTORS = frozenset({"wall, times", "p99, times", "p99 / fsync"})


_PAGE: Mapping[str, Sequence[str]] = {
    "health": ("cpu", "p50", "p99"),
    "build": ("cpu", "p50", "p99"),
    "upload-1x": ("cpu", "family", "wall", "growth"),
    "upload": ("cpu", "family", "wall"),
    "first-event": ("cpu", "p50", "p99"),
    "accept": ("cpu", "wall"),
    "journal": ("cpu", "wall", "p99 / fsync"),
    "idle": ("memory", "cpu"),
    "stalled": ("wall, times", "p99, times", "cpu", "growth"),
    "lines": ("cpu", "growth"),
    "actors": ("message", "waking", "spawn", "memory"),
    "restart": ("wall", "cpu", "peak"),
}
"""The figures that docs/discussion/speed.md tells, by how the case's name begins; of all others, `cpu`."""

_UNSAID = frozenset({"a delivered event", "an actor, a message"})
"""Units that the page says in its text, and not in each row."""


def shown(name: str, value: float) -> str:
    """A figure with its unit, with three digits."""
    if name in _FACTORS:
        return f"{value:.3g} times"
    scales: Sequence[tuple[float, str]] = _SIZES if name in _BYTES else _SCALES
    scale, unit = next((each for each in scales if value >= each[0]), scales[-1])
    return f"{value / scale:.3g} {unit}"


def table(results: Sequence[Result], *, page: bool = False) -> str:
    """The ratios as a table of Markdown: one line for each figure against each side that it is compared with.

    Args:
        results: Of a run.
        page: As docs/discussion/speed.md has it, with the figures alone that are told there.
    """
    lines = [
        "| work | figure | Callboard | beside | its own | ratio: least / median / most |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        for side in result.rounds:
            if side != OURS or len(result.rounds) == 1:
                lines += [_line(result, side, name, page) for name in (_paged(result) if page else result.tells)]
    return "\n".join(lines)


def _paged(result: Result) -> Sequence[str]:
    """The figures that the page tells of a piece of work."""
    told = next((names for beginning, names in _PAGE.items() if result.case.startswith(beginning)), ("cpu",))
    return [name for name in told if name in result.names]


def _line(result: Result, side: str, name: str, page: bool) -> str:
    work = result.case if page and result.unit in _UNSAID else f"{result.case}, {result.unit}"
    own = shown(name, result.median(side, name))
    if OURS not in result.rounds or side == OURS:
        return f"| {work} | {name} | {own} | | | |"
    ours = shown(name, result.median(OURS, name))
    return f"| {work} | {name} | {ours} | {side} | {own} | {ratio(result.ratios(side, name))} |"
