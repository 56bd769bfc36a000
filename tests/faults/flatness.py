"""Whether a series of measurements is flat: by the median of all slopes, which a few outliers do not move (pure)."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Verdict:
    """What a series does.

    Attributes:
        name: Of the series.
        first: The median of its first quarter.
        last: The median of its last quarter.
        rise: What the slope adds up to from its first to its last measurement.
        allowed: What that may be.
    """

    name: str
    first: float
    last: float
    rise: float
    allowed: float

    @property
    def flat(self) -> bool:
        """Whether it does not rise."""
        return self.rise <= self.allowed

    def __str__(self) -> str:
        """The verdict as a person reads it."""
        word = "flat" if self.flat else "RISES"
        return f"{self.name} {self.first:.4g} -> {self.last:.4g} ({self.rise:+.3g}, {word})"


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs (Theil and Sen); 0 where there are no two."""
    pairs = combinations(zip(times, values), 2)
    slopes = [(later - earlier) / (then - now) for (now, earlier), (then, later) in pairs if then > now]
    return statistics.median(slopes) if slopes else 0.0


def judge(name: str, times: Sequence[float], values: Sequence[float], *, share: float, least: float) -> Verdict:
    """Judge a series.

    Args:
        name: Of the series.
        times: When each was measured.
        values: What was measured; at least one.
        share: What part of its median it may rise over the whole time.
        least: What it may rise in any case.
    """
    quarter = max(1, len(values) // 4)
    rise = slope(times, values) * (times[-1] - times[0])
    allowed = max(least, share * statistics.median(values))
    return Verdict(name, statistics.median(values[:quarter]), statistics.median(values[-quarter:]), rise, allowed)
