"""Progress: a percent that never falls, an estimate of what is left, and fewer events than an engine reports. Pure."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, Optional, TypeVar

T = TypeVar("T")

_SETTLED_FRACTION = 0.02
_SETTLED_SECONDS = 1.0
_SMOOTHING = 0.3


@dataclass(frozen=True)
class Estimate:
    """How far something is.

    Attributes:
        percent: 0 to 100, with one decimal.
        remaining_s: Seconds that are left; None while there is nothing to go by.
    """

    percent: float
    remaining_s: Optional[float]


class Meter:
    """Turns fractions into percents and estimates, for one attempt.

    The estimate takes what is left to go at the speed so far, and is smoothed so that it does not jump (exponential
    smoothing).

    Args:
        now: When the attempt started, seconds on a clock that never goes back.
    """

    def __init__(self, now: float) -> None:
        self._started = now
        self._fraction = 0.0
        self._total: Optional[float] = None

    def take(self, fraction: float, now: float) -> Estimate:
        """Take a fraction of the whole, 0 to 1; what lies outside is brought inside, NaN counts as nothing new."""
        if not math.isnan(fraction):
            self._fraction = max(self._fraction, min(1.0, fraction))
        elapsed = now - self._started
        if self._fraction >= _SETTLED_FRACTION and elapsed >= _SETTLED_SECONDS:
            total = elapsed / self._fraction
            self._total = total if self._total is None else self._total + _SMOOTHING * (total - self._total)
        remaining = None if self._total is None else max(0.0, round(self._total * (1 - self._fraction), 1))
        return Estimate(round(100 * self._fraction, 1), remaining)


class Coalescer(Generic[T]):
    """Keeps the latest value for each key until it is due, so that a fast source makes few events.

    Values leave in the order in which their keys first came. Keys are few by nature (an engine's stages); should they
    not be, the oldest is dropped.

    Args:
        per_second: How many times a second values may leave.
        keys: How many keys are kept.
    """

    def __init__(self, per_second: float, keys: int = 64) -> None:
        self._interval = 1 / per_second
        self._keys = keys
        self._values: dict[Hashable, T] = {}
        self._last = float("-inf")

    def __len__(self) -> int:
        """How many values wait."""
        return len(self._values)

    def offer(self, key: Hashable, value: T) -> None:
        """Take a value in place of the last one for this key."""
        if key not in self._values and len(self._values) >= self._keys:
            del self._values[next(iter(self._values))]
        self._values[key] = value

    def wait_s(self, now: float) -> float:
        """Seconds until values may leave."""
        return max(0.0, self._last + self._interval - now)

    def take(self, now: float, *, company: bool = False) -> list[T]:
        """Take all values that wait.

        Args:
            now: Seconds on a clock that never goes back.
            company: True when something else leaves with them, so that this counts even when none waits.
        """
        values = list(self._values.values())
        self._values.clear()
        if values or company:
            self._last = now
        return values
