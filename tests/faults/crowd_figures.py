"""How large a crowd is, what came of it, and whether that is what is promised (pure)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.clients import percentile

CANCEL_S = 2.0
"""Seconds in which a cancel is over, as is promised."""

HEALTH_S = 0.05
"""Seconds in which 99 of 100 answers of `/health` come, on a machine that has little else to do."""

BUSY_IDLE_S = 0.025
"""Where 99 of 100 answers of the idle server take longer than this, it is the machine that is slow."""

BUSY_LOAD = 2.0
"""The same for the load of the machine, for each of its processors."""


@dataclass(frozen=True)
class Size:
    """How many.

    Attributes:
        running: Jobs that run at once.
        queued: Jobs that wait.
        subscribers: Of all jobs together.
        speed: Of those that run first: so slow that all others have been uploaded before they end.
        short: Of the others.
    """

    running: int = 100
    queued: int = 1000
    subscribers: int = 2000
    speed: float = 12.0
    short: float = 0.5


@dataclass
class Found:
    """What came of it.

    Attributes:
        lost: Subscribers who did not get each event of their job once, in order, to its end.
        events: That were delivered.
        together: How many jobs ran, and how many waited, once all were followed.
        running: Seconds of each cancel of a running job.
        queued: Seconds of each cancel of a queued job.
        idle: Seconds of each answer of the idle server.
        busy: The same, meanwhile.
        seconds: From the first upload to the last end.
        processor: Seconds of the server's processor time.
        memory: The most that the server had, in bytes.
        longest: Seconds of the longest round of its event loop.
        stalls: Where it was in those that took long.
        load: Of the machine, the higher of before and after.
    """

    lost: list[str] = field(default_factory=list)
    events: int = 0
    together: tuple[int, int] = (0, 0)
    running: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    memory: int = 0
    longest: float = 0.0
    stalls: list[str] = field(default_factory=list)
    load: float = 0.0

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"lost {len(self.lost)} of {self.events} events delivered in {self.seconds:.0f} s; "
            f"{self.together[0]} ran and {self.together[1]} waited once all were followed; "
            f"cancel of running at most {max(self.running):.2f} s, of queued {max(self.queued):.2f} s; "
            f"health idle {_milliseconds(self.idle)}, busy {_milliseconds(self.busy)}; "
            f"server {self.processor / self.seconds:.2f} processors, {self.memory / 2**20:.0f} MiB, "
            f"longest round {self.longest * 1000:.0f} ms; load of the machine {self.load:.1f}"
        )

    def problems(self, size: Size) -> list[str]:
        """What is not as it has to be, in words; `/health` is left out where the machine was too busy to judge it."""
        cancels = (("running", self.running), ("waiting", self.queued))
        slow = [(kind, max(times)) for kind, times in cancels if max(times) >= CANCEL_S]
        health = percentile(self.busy, 99)
        return [
            *([f"{len(self.lost)} subscribers missed something, of {self.lost[:5]}"] if self.lost else ()),
            *self._other_crowd(size),
            *(f"a cancel of a {kind} job took {seconds:.2f} s: {CANCEL_S:g} are promised" for kind, seconds in slow),
            *([f"health: p99 {_limit(health, HEALTH_S)}"] if health >= HEALTH_S and not self.too_busy() else ()),
        ]

    def _other_crowd(self, size: Size) -> list[str]:
        """Say that it was not the crowd that was asked for."""
        if self.together == (size.running, size.queued):
            return []
        running, queued = self.together
        return [
            f"{running} ran and {queued} waited once all were followed, and not {size.running} and {size.queued}: "
            "some ended before all were there; have the first ones take longer"
        ]

    def too_busy(self) -> str:
        """Why this machine had too much else to do for `/health` to be judged; empty when it had not."""
        idle, most = percentile(self.idle, 99), BUSY_LOAD * (os.cpu_count() or 1)
        if idle > BUSY_IDLE_S:
            return f"p99 of the idle server's health {_limit(idle, BUSY_IDLE_S)}"
        return f"its load was {self.load:.1f}, and {most:g} is the most" if self.load > most else ""


def _limit(seconds: float, most: float) -> str:
    return f"was {seconds * 1000:.1f} ms, and {most * 1000:g} are the most"


def _milliseconds(times: Sequence[float]) -> str:
    found = [percentile(times, percent) * 1000 for percent in (50, 99)]
    return f"p50 {found[0]:.1f} p99 {found[1]:.1f} max {max(times) * 1000:.0f} ms ({len(times)})"
