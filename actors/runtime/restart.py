"""Restart rules: when a child is started again, and when a supervisor gives up. Pure: no clock, no tasks.

The words and their meaning are those of Erlang/OTP's supervisor behaviour (restart types, intensity and period):
https://www.erlang.org/doc/system/sup_princ.html
"""

from collections import deque
from enum import Enum


class Restart(Enum):
    """When a child that ended is started again."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"

    def applies(self, *, crashed: bool) -> bool:
        """Tell whether a child of this type is started again.

        Args:
            crashed: True when it ended with an exception.
        """
        if self is Restart.PERMANENT:
            return True
        return crashed and self is Restart.TRANSIENT


class RestartWindow:
    """Counts restarts within a sliding period.

    Args:
        intensity: How many restarts are allowed within the period.
        period: Seconds.
    """

    def __init__(self, intensity: int, period: float) -> None:
        self._intensity = intensity
        self._period = period
        self._times: deque[float] = deque(maxlen=intensity + 1)

    def allows(self, now: float) -> bool:
        """Count a restart at `now`, and tell whether it is within the intensity.

        Args:
            now: Seconds on a clock that never goes back.
        """
        while self._times and self._times[0] <= now - self._period:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) <= self._intensity
