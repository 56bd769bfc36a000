"""Whether a dev server that crashed is started again, and when. Pure."""

from collections import deque
from typing import Optional

from actors.projects.devserver.settings import ServerSettings


class Crashes:
    """Counts the crashes of one dev server.

    Args:
        settings: How many, within what time, and the waits between.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._times: deque[float] = deque(maxlen=settings.crashes)

    def next_start(self, now: float) -> Optional[float]:
        """Count a crash, and return after how many seconds to start again; None when it is not to be.

        Args:
            now: Seconds on a clock that never goes back.
        """
        settings = self._settings
        while self._times and self._times[0] <= now - settings.crash_period:
            self._times.popleft()
        self._times.append(now)
        if len(self._times) >= settings.crashes:
            return None
        return settings.backoff[min(len(self._times), len(settings.backoff)) - 1]
