"""The upgrade of a journal while the disk fails: a part of `disk_own`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from actors.journal import sqlite
from actors.journal.condition import examine
from actors.journal.migrations import STEPS
from actors.journal.place import Place
from tests.actors.journal.earlier import content, load
from tests.faults.disk_sweep import Action
from tests.faults.machine.failing import Failing, Kind

_VERSION = 1


class Upgrades:
    """A journal of an earlier version, anew each time.

    Args:
        root: An empty directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._number = 0
        self._place = self._next()
        self._was = content(self._place.journal)

    async def open(self) -> bool:
        """Open it, as a server does."""
        await trio.to_thread.run_sync(lambda: sqlite.connect(self._place.journal).close())
        return True

    async def opened(self, done: bool) -> None:
        """It is upgraded or as it was, and nothing else is beside it but what it was; the next start finishes."""
        await trio.lowlevel.checkpoint()
        here = self._place
        assert examine(here.journal).version == (len(STEPS) if done else _VERSION)
        assert content(here.journal) == self._was
        sqlite.connect(here.journal).close()
        found = examine(here.journal)
        assert (found.version, found.problem) == (len(STEPS), "")
        assert content(here.journal) == self._was
        assert list(here.earlier()) == [_VERSION]
        assert content(here.of_version(_VERSION)) == self._was
        assert {path.name for path in here.journal.parent.iterdir()} == {
            here.journal.name,
            here.of_version(_VERSION).name,
        }
        self._place = self._next()

    def _next(self) -> Place:
        self._number += 1
        folder = self._root / str(self._number)
        folder.mkdir()
        place = Place(folder / "journal.sqlite3")
        load(_VERSION, place.journal)
        return place


@asynccontextmanager
async def upgrades(root: Path, failing: Failing) -> AsyncIterator[tuple[Action, ...]]:
    """A journal that is opened, over and over."""
    del failing
    each = Upgrades(root)
    yield (
        Action("a journal is upgraded", each.open, each.opened),
        Action("a journal is upgraded", each.open, each.opened, Kind.READ, on=False),
    )
