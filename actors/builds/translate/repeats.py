"""Lines of which only some are worth a message: heartbeats, and the frames of progress bars.

Decided by the numbers that they tell alone.
"""

import re
from collections import OrderedDict
from typing import Optional

from actors.builds.translate.kinds import HEAD

BEAT = 30.0
"""Seconds between two heartbeats of one agent that are let through, at first."""

SLOWEST_BEAT = 120.0
"""Seconds between them later."""

STRIDE = 0.25
"""How much of the whole a bar has to grow for another message."""

FEW = 20
"""A count up to this many is not a bar: "page 3 of 7" is worth reading each time."""

MAX_KEPT = 64
"""Agents and bars that are remembered at a time."""

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%")
_COUNT = re.compile(r"(?<![\d/.])(\d{1,7}) ?(?:/|of) ?(\d{1,7})(?![\d/])")
_SPINNER = re.compile("[\u2801-\u28ff\u25d0-\u25d3] ?\\S")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


class _Kept:
    """The last number for each of a bounded number of keys."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[str, float] = OrderedDict()

    def get(self, key: str) -> Optional[float]:
        """Return the number that was kept."""
        return self._numbers.get(key)

    def put(self, key: str, number: float) -> None:
        """Keep a number; the key that was kept longest without a new one is forgotten."""
        self._numbers[key] = number
        self._numbers.move_to_end(key)
        if len(self._numbers) > MAX_KEPT:
            self._numbers.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._numbers.clear()


class Beats:
    """Heartbeats: the first of an agent, then one in 30 s, later one in 2 minutes, by the seconds that they tell."""

    def __init__(self) -> None:
        self._last = _Kept()

    def passes(self, agent: str, seconds: float) -> bool:
        """Whether this heartbeat is let through; one with fewer seconds than the last begins anew."""
        last = self._last.get(agent)
        pause = min(max(BEAT, seconds / 4), SLOWEST_BEAT)
        if last is not None and last <= seconds < last + pause:
            return False
        self._last.put(agent, seconds)
        return True


class Bars:
    """Progress bars: the first frame, then one for each quarter, and the last."""

    def __init__(self) -> None:
        self._last = _Kept()

    def passes(self, text: str) -> Optional[bool]:
        """Whether this frame is let through; None for what is no frame of a bar."""
        head = text[:HEAD]
        fraction = _fraction(head)
        if fraction is None and _SPINNER.match(head) is None:
            return None
        key = _NOT_LETTERS.sub(" ", head).strip()
        now = 0.0 if fraction is None else min(fraction, 1.0)
        last = self._last.get(key)
        if last is not None and last <= now < min(last + STRIDE, 1.0 if last < 1.0 else 2.0):
            return False
        self._last.put(key, now)
        return True

    def clear(self) -> None:
        """Forget the bars: whatever comes next is another one."""
        self._last.clear()


def _fraction(head: str) -> Optional[float]:
    """Return how far a bar says that it is."""
    percent = _PERCENT.search(head)
    if percent is not None:
        return float(percent[1]) / 100
    count = _COUNT.search(head)
    if count is None or int(count[2]) <= FEW:
        return None
    return int(count[1]) / int(count[2])
