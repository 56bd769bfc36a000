"""Figures that the parts of a server keep of what they do: plain numbers and buckets, which know no monitoring system.

Who counts adds to a number, in the loop's thread and without a lock; who reads does so now and then, and costs those
who count nothing. Nothing here grows: buckets and words are fixed when a figure is made.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what takes milliseconds to seconds: a write to the disk, an event on its way."""

WAITS: Final = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 24 * 3600.0)
"""Bounds for what takes seconds to hours: waiting for a turn."""


class Counter:
    """A number that only grows, for what several objects count together.

    Attributes:
        value: How much was counted.
    """

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self, count: int = 1) -> None:
        """Count."""
        self.value += count


class Tally:
    """Numbers that only grow, one for each word of a closed set.

    Args:
        words: All that there are.
    """

    __slots__ = ("_counts",)

    def __init__(self, words: Iterable[str]) -> None:
        self._counts = dict.fromkeys(words, 0)

    @property
    def counts(self) -> Mapping[str, int]:
        """How much was counted, by word; those that never came are 0."""
        return self._counts

    def add(self, word: str, count: int = 1) -> None:
        """Count.

        Raises:
            KeyError: There is no such word: what a client sent must never become one.
        """
        self._counts[word] += count


class Histogram:
    """How often a value was within each of some bounds, and the sum of all values.

    Args:
        bounds: The upper bounds, which grow; each is within its bucket. Beyond the last one is a bucket, too.

    Attributes:
        bounds: The same.
        counts: By bucket, one more than there are bounds; not cumulative.
        total: The sum of the values.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        if not bounds or any(later <= earlier for earlier, later in zip(bounds, bounds[1:])):
            raise ValueError(f"the bounds have to grow: {bounds}")
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value, which is not negative."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
