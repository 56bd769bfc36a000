"""How long to wait before the next try, and when a message is too old. Pure: no clock, no tasks.

Exponential backoff with full jitter: each wait is drawn evenly from nothing up to a ceiling that doubles, so that many
who failed together do not come back together:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_DOUBLINGS = 32
"""Beyond these the ceiling has long been reached, and powers of two would only grow."""


@dataclass(frozen=True)
class Backoff:
    """The rule of the waits.

    Attributes:
        first: Seconds; the ceiling after the first failure.
        most: Seconds; no ceiling is higher.
    """

    first: float = 0.5
    most: float = 15.0

    def ceiling(self, failures: int) -> float:
        """The longest wait after so many failures in a row, in seconds."""
        return min(self.most, self.first * 2.0 ** min(max(failures, 1) - 1, _DOUBLINGS))

    def wait(self, failures: int, draw: Callable[[], float]) -> float:
        """The seconds to wait after so many failures in a row.

        Args:
            failures: 1 for the first.
            draw: Gives a number from 0 to 1, each as likely as any other.
        """
        return self.ceiling(failures) * draw()


def age(time: str, now: datetime) -> float:
    """Seconds since a message was written; never negative, since clocks are set back.

    Args:
        time: ISO 8601, with an offset or `Z`; what is not counts as just written.
        now: The time, with an offset.
    """
    try:
        written = datetime.fromisoformat(time.replace("Z", "+00:00"))
        return max(0.0, (now - written).total_seconds())
    except (ValueError, TypeError):
        return 0.0
