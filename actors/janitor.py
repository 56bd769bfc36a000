"""The janitor: removes ended jobs, builds and projects that are too old, too many, or too large together."""

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Optional

import trio

from actors.runs.service import Runs
from actors.runtime.errors import CallboardError, NotFound
from actors.runtime.timeofday import TimeOfDay

logger = logging.getLogger(__name__)

_DAY_S = 86400.0


@dataclass(frozen=True)
class Retention:
    """How much is kept of what has ended.

    Attributes:
        days: Age, by the last event.
        count: How many.
        size: Bytes of their directories together.
    """

    days: float
    count: int
    size: int


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        id: Its id.
        updated: When it ended.
        size: Bytes of its directory.
    """

    id: str
    updated: datetime
    size: int


def expired(runs: Iterable[Ended], retention: Retention, now: datetime) -> list[str]:
    """Tell which runs are to be removed, the oldest first. Pure.

    The clock may have been set back. What ended at a time that has not come yet ended before that: it counts as older
    than all whose time has passed, so that what is new is never removed in its place.

    Args:
        runs: All that have ended.
        retention: What is kept.
        now: The time, in UTC.
    """
    kept, size, gone = 0, 0, []
    for run in sorted(runs, key=lambda run: (run.updated <= now, run.updated), reverse=True):
        # In seconds: a date so many days ago may be none that there is.
        too_old = (now - run.updated).total_seconds() > retention.days * _DAY_S
        if too_old or kept >= retention.count or size + run.size > retention.size:
            gone.append(run.id)
        else:
            kept, size = kept + 1, size + run.size
    return gone[::-1]


class Janitor:
    """Removes what has expired, now and then.

    Args:
        kinds: The runs of each kind, each counted for itself, and what is kept of them.
        every: Seconds between two rounds.
        time: The time of day; for a day after it was set nothing is removed for its age.
    """

    def __init__(
        self, kinds: Sequence[tuple[Runs, Retention]], every: float = 600.0, time: Optional[TimeOfDay] = None
    ) -> None:
        self._kinds = kinds
        self._every = every
        self._time = time or TimeOfDay()

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Clean up, wait, and so on, until cancelled."""
        task_status.started()
        while True:
            try:
                await self.clean()
            except CallboardError as error:
                # A full disk or a busy journal pass; the next round comes anyway.
                logger.warning("cannot clean up: %s", error.problem)
            await trio.sleep(self._every)

    async def clean(self) -> int:
        """Remove what has expired.

        Returns:
            How many runs.
        """
        return sum([await self._clean(runs, retention) for runs, retention in self._kinds])

    async def _clean(self, runs: Runs, retention: Retention) -> int:
        times = await runs.ended_at()
        sizes = await runs.sizes(list(times))
        ended = [Ended(run_id, _parse(time), sizes[run_id]) for run_id, time in times.items()]
        kept = retention if self._time.counts else replace(retention, days=math.inf)
        ids = expired(ended, kept, self._time.now())
        gone = 0
        for run_id in ids:
            try:
                seen = await runs.record(run_id)
                removed = seen.updated == times[run_id] and await runs.remove_expired(seen)
            except NotFound:
                continue  # somebody was faster
            except CallboardError as error:
                # One that cannot be removed now must not keep the others.
                logger.warning("%s has expired and cannot be removed: %s", run_id, error.problem)
                continue
            if removed:
                gone += 1
                logger.info("%s has expired and was removed: %d bytes", run_id, sizes[run_id])
        return gone


def _parse(time: str) -> datetime:
    return datetime.fromisoformat(time.replace("Z", "+00:00"))
