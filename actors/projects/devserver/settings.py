"""How dev servers are run."""

from dataclasses import dataclass
from typing import Optional

from actors.processes.sandbox.limits import TreeLimits


@dataclass(frozen=True)
class ServerSettings:
    """How a dev server is run.

    Attributes:
        idle_seconds: After which it is stopped when nobody visits it.
        start_seconds: In which it has to answer.
        backoff: Seconds before it is started again after its first crash, its second and so on; the last one holds for
            all that follow.
        crashes: With so many of them within `crash_period` it is not started again.
        crash_period: Seconds.
        tree: What its processes may use together; as the project's commands when None.
    """

    idle_seconds: float = 900.0
    start_seconds: float = 60.0
    backoff: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 15.0)
    crashes: int = 5
    crash_period: float = 60.0
    tree: Optional[TreeLimits] = None

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        times = (self.idle_seconds, self.start_seconds, self.crash_period, *self.backoff)
        if self.crashes < 1 or not self.backoff or any(not seconds > 0 for seconds in times):
            raise ValueError(f"a dev server's times and counts must be positive: {self}")
