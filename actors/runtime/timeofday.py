"""The time of day, for telling how old something is that an earlier server may have written down; and whether it can.

Clocks are set: by a machine that starts without a battery and asks the network later, by an administrator, by a virtual
machine that goes on elsewhere. What was written down before then seems to be years old at once, or to come from years
ahead. Whoever removes for good what is old asks first whether the clock was set lately, and waits when it was: people
get a day to set it right, and what was just made is not removed as if it were old.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Final

logger = logging.getLogger(__name__)

JUMP_S: Final = 3600.0
"""Seconds by which the clock has to be set at once to count as set: less is the work of whoever keeps it right."""

REST_S: Final = 86400.0
"""Seconds after that in which ages by it do not count."""


def elapsed() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class TimeOfDay:
    """The time of day, looked at now and then.

    Args:
        clock: Tells it, in seconds since 1970.
        steady_clock: Seconds of a clock that nobody sets.
    """

    def __init__(self, clock: Callable[[], float] = time.time, steady_clock: Callable[[], float] = elapsed) -> None:
        self._clock = clock
        self._steady_clock = steady_clock
        self._ahead = clock() - steady_clock()
        self._rests_until = float("-inf")

    def now(self) -> datetime:
        """The time, in UTC; notices when the clock was set since the last look."""
        self._look()
        return datetime.fromtimestamp(self._clock(), timezone.utc)

    @property
    def counts(self) -> bool:
        """Whether ages by it count: it was not set lately."""
        self._look()
        return self._steady_clock() >= self._rests_until

    def _look(self) -> None:
        ahead = self._clock() - self._steady_clock()
        jump, self._ahead = ahead - self._ahead, ahead
        if abs(jump) > JUMP_S:
            self._rests_until = self._steady_clock() + REST_S
            logger.warning(
                "the clock was set by %+.1f hours: for %g hours nothing is removed, or given up, for its age",
                jump / 3600,
                REST_S / 3600,
            )
