"""Whether a series of measurements is flat: by the median of all slopes, which a few outliers do not move (pure)."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Tolerance:
    """By how much a series may rise and still be flat.

    Attributes:
        share: What part of its median.
        least: So much in any case.
        unit: What it is told in: the number of what was measured that makes one.
        name: Of that unit; empty where things are counted.
    """

    share: float
    least: float
    unit: float = 1.0
    name: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a series does.

    Attributes:
        name: Of the series.
        first: The median of its first quarter.
        last: The median of its last quarter.
        rise: What the slope adds up to from its first to its last measurement.
        allowed: What that may be.
        tolerance: What that comes of.
    """

    name: str
    first: float
    last: float
    rise: float
    allowed: float
    tolerance: Tolerance

    @property
    def flat(self) -> bool:
        """Whether it does not rise."""
        return self.rise <= self.allowed

    def __str__(self) -> str:
        """The verdict as a person reads it: first and last, and the rise beside what is allowed."""
        told = (value / self.tolerance.unit for value in (self.first, self.last, self.rise, self.allowed))
        first, last, rise, allowed = told
        unit = f" {self.tolerance.name}" if self.tolerance.name else ""
        word = "flat" if self.flat else "RISES"
        return f"{self.name} {first:.4g} -> {last:.4g}{unit} ({rise:+.2g} of {allowed:.2g}, {word})"


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs (Theil and Sen); 0 where there are no two."""
    pairs = combinations(zip(times, values), 2)
    slopes = [(later - earlier) / (then - now) for (now, earlier), (then, later) in pairs if then > now]
    return statistics.median(slopes) if slopes else 0.0


def judge(name: str, times: Sequence[float], values: Sequence[float], tolerance: Tolerance) -> Verdict:
    """Judge a series.

    Args:
        name: Of the series.
        times: When each was measured.
        values: What was measured; at least one.
        tolerance: What it may rise over the whole time.
    """
    quarter = max(1, len(values) // 4)
    rise = slope(times, values) * (times[-1] - times[0])
    allowed = max(tolerance.least, tolerance.share * statistics.median(values))
    first, last = statistics.median(values[:quarter]), statistics.median(values[-quarter:])
    return Verdict(name, first, last, rise, allowed, tolerance)
