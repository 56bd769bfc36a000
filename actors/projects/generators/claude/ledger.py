"""What all projects together spent, day by day, kept so that no crash forgets it."""

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Optional

import trio

from actors.processes.workdir import write_whole
from actors.projects.generators.claude.budget import Budget, Spent
from actors.runtime.errors import StorageFailed

logger = logging.getLogger(__name__)

KEPT_DAYS = 31
MAX_FILE = 64 * 1024
WRITE_SECONDS = 5.0
"""For one writing: a cancelled run waits no longer for its last one."""


@dataclass(frozen=True)
class _Days:
    """What is in the file.

    Attributes:
        spent: What was spent, by days in UTC: `2026-01-01`.
        unknown: Days of which it is not known what was spent.
    """

    spent: Mapping[str, Spent] = field(default_factory=lambda: MappingProxyType({}))
    unknown: frozenset[str] = frozenset()

    def plus(self, day: str, more: Spent) -> "_Days":
        """Return these days with more spent on one of them, without those that are long past."""
        spent = self.spent.get(day, Spent()) + more
        # Of an estimate that was too high something is taken back, on the next day if midnight came between.
        days = {**self.spent, day: replace(spent, cost_usd=max(0.0, spent.cost_usd))}
        kept = sorted(days)[-KEPT_DAYS:]
        return _Days(MappingProxyType({name: days[name] for name in kept}), self.unknown & {day, *kept})


class Ledger:
    """Counts what is spent on each day in UTC. For one server; its days begin at midnight UTC.

    The file is read when the ledger is made, which blocks for as long as a small file takes. What is added counts at
    once, also when it then cannot be written.

    A file that is damaged is set aside, and that day counts as one of which it is not known what was spent: nothing
    more is to be spent on it.

    Args:
        path: The file. Its directory exists.
        clock: The time, in seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._limiter = trio.CapacityLimiter(1)
        self._writing = threading.Lock()
        self._days = self._loaded()
        self._saved = self._days

    @property
    def known(self) -> bool:
        """Whether it is known what was spent today."""
        return self._today() not in self._days.unknown

    def spent(self) -> Spent:
        """Return what was spent today, as far as it is known."""
        return self._days.spent.get(self._today(), Spent())

    def reached(self, budget: Budget) -> Optional[str]:
        """Return why nothing more may be spent today, as a sentence; None when something may.

        Args:
            budget: What may be spent on one day.
        """
        if not self.known:
            return (
                "It is not known what was spent today, since the file that says so was damaged"
                f" (it is kept beside {self.path})."
            )
        return budget.reached(self.spent(), "The server's budget for one day (UTC)")

    async def add(self, spent: Spent) -> None:
        """Add to what was spent today; it is on the disk afterwards, also when the caller is cancelled meanwhile.

        Args:
            spent: What was spent. Its dollars may be less than nothing, where too many were added before.

        Raises:
            StorageFailed: It could not be written. It counts nevertheless, until the server ends.
        """
        self._days = self._days.plus(self._today(), spent)
        try:
            with trio.move_on_after(WRITE_SECONDS, shield=True) as scope:
                await trio.to_thread.run_sync(self._save, limiter=self._limiter, abandon_on_cancel=True)
        except OSError as error:
            raise self._not_written(error.strerror or str(error)) from error
        if scope.cancelled_caught:
            raise self._not_written(f"the disk did not answer within {WRITE_SECONDS:g} s")

    def _not_written(self, why: str) -> StorageFailed:
        """Return the error for what was not written."""
        hint = "See that the disk has room and can be written; what was made so far is kept."
        return StorageFailed(f"What was spent cannot be written to {self.path}: {why}.", hint=hint)

    def _today(self) -> str:
        """Return the day in UTC."""
        return time.strftime("%Y-%m-%d", time.gmtime(self._clock()))

    def _save(self) -> None:
        """Write what is newest, unless another thread has. Blocks."""
        with self._writing:
            days = self._days
            if days is not self._saved:
                write_whole(self.path, _encoded(days))
                self._saved = days

    def _loaded(self) -> _Days:
        """Read the file; one that makes no sense is set aside."""
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_FILE + 1)
            return _decoded(data)
        except FileNotFoundError:
            return _Days()
        except OSError as error:
            hint = "See that this user can read it."
            raise StorageFailed(f"{self.path} cannot be read: {error.strerror or error}.", hint=hint) from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return self._set_aside()

    def _set_aside(self) -> _Days:
        """Keep a damaged file under another name, and note that today is not known."""
        today = self._today()
        aside = self.path.with_name(f"{self.path.name}.damaged-{today}")
        logger.error(
            "The file of what was spent, %s, is damaged; it is kept as %s. Nothing more is spent on %s (UTC):"
            " remove %s to begin that day at nothing.",
            *(self.path, aside.name, today, self.path.name),
        )
        days = _Days(unknown=frozenset({today}))
        try:
            self.path.replace(aside)
            # At once: a server that is started again would otherwise know of nothing.
            write_whole(self.path, _encoded(days))
        except OSError as error:
            problem = f"{self.path} is damaged, and cannot be replaced: {error.strerror or error}."
            raise StorageFailed(problem, hint="See that the disk has room and can be written.") from error
        return days


def _encoded(days: _Days) -> bytes:
    """Return days as they are written."""
    content = {
        "version": 1,
        "days": {day: spent.json() for day, spent in days.spent.items()},
        "unknown": sorted(days.unknown),
    }
    return json.dumps(content, indent=1).encode()


def _decoded(data: bytes) -> _Days:
    """Return days that were written.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError: They were not, or not by this program.
    """
    if len(data) > MAX_FILE:
        raise ValueError("too large")
    content = json.loads(data)
    if content["version"] != 1:
        raise ValueError("another version")
    spent = {time.strftime("%Y-%m-%d", _day(day)): _spent(found) for day, found in content["days"].items()}
    unknown = frozenset(time.strftime("%Y-%m-%d", _day(day)) for day in content["unknown"])
    return _Days(MappingProxyType(spent), unknown)


def _day(text: str) -> time.struct_time:
    """Return a day that was written."""
    return time.strptime(text, "%Y-%m-%d")


def _spent(found: Mapping[str, Any]) -> Spent:
    """Return what was spent on a day, as it was written."""
    whole = [found["turns"], found["tokens"]]
    amounts = [*whole, found["cost_usd"], found["seconds"]]
    if any(isinstance(one, bool) or not (math.isfinite(one) and one >= 0) for one in amounts):
        raise ValueError("not an amount")
    if not all(isinstance(one, int) for one in whole):
        raise TypeError("not a whole number")
    return Spent(found["turns"], found["tokens"], float(found["cost_usd"]), float(found["seconds"]))
