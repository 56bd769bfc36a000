"""Sweeps the disk's calls of one program, which is its own: `python -m tests.faults.disk_own PART FOLDER`.

It is started with the library of `machine.failing` loaded, and gives itself the orders: each of its calls fails, one
after the other, while it does a thing again and again. So no server is between what fails and what is looked at.
"""

import errno
import logging
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from actors.datadir import open_data_dir
from actors.generators.base import GeneratorFailed
from actors.journal.condition import examine
from actors.projects.generators.base import Order, Tell, Toolbox
from tests.actors.backup.support import Place, filled, place
from tests.actors.projects.world import Scripted, World, open_world
from tests.e2e.jobs import ENDED
from tests.faults.disk_install import installs
from tests.faults.disk_sweep import Action, sweep
from tests.faults.disk_upgrade import upgrades
from tests.faults.machine.failing import ENDLESS, Failing, Kind, my_orders

logger = logging.getLogger(__name__)

_PATIENCE_S = 1.5
"""Seconds that somebody waits for a run while the disk fails; where one call fails, the next try is sooner."""


# A project: its version is taken, and restored.


async def _writes(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """Write three files; say so in words when it cannot."""
    del tell
    for name in ("index.html", "src/a.js", "src/deep/b.js"):
        result = await toolbox.call("write_file", {"path": name, "content": f"{order.prompt} {name}\n"})
        if not result.ok:
            raise GeneratorFailed(result.text, code="disk", hint="Ask again.")
    return {"title": "A page"}


class Project:
    """One project, which is asked for a change again and again.

    Args:
        world: Where it is.
        project_id: It.
        failing: The orders, which tell whether something has failed.
    """

    def __init__(self, world: World, project_id: str, failing: Failing) -> None:
        self.world = world
        self._failing = failing
        self.id = project_id
        self.asked = 0
        self._older = self._newest = ("", "")

    async def ended(self) -> Mapping[str, Any]:
        """Its status, once no run of it goes on."""
        topic = await self.world.streams.open(self.id)
        while topic.snapshot["state"] not in ENDED:
            await topic.wait_beyond(topic.last_seq)
        return await self.world.projects.status(self.id)

    async def change(self) -> bool:
        """Have it changed, which makes a version."""
        self.asked += 1
        await self.world.projects.message(self.id, f"change {self.asked}")
        # A run whose last words the journal cannot take waits until it can; `changed` sees it to its end.
        while True:
            with trio.move_on_after(_PATIENCE_S):
                status = await self.ended()
                if status["state"] == "succeeded":
                    self._older, self._newest = self._newest, (status["version"], f"change {self.asked}")
                return bool(status["state"] == "succeeded")
            if self._failing.failed:
                return False

    async def restore(self) -> bool:
        """Make it what it was before the last change."""
        await self.world.projects.restore(self.id, self._older[0])
        return True

    async def changed(self, done: bool) -> None:
        """What is whole, and what was asked for is there if it was said to be."""
        await self._sound()
        if done:
            self._is(f"change {self.asked}")

    async def restored(self, done: bool) -> None:
        """The same; afterwards a change goes well again, so that there is something to restore."""
        await self._sound()
        if done:
            self._is(self._older[1])
        assert await self.change()
        self._is(f"change {self.asked}")

    def _is(self, prompt: str) -> None:
        app = self.world.shared.settings.root / self.id / "generated-app"
        for name in ("index.html", "src/a.js", "src/deep/b.js"):
            assert (app / name).read_text(encoding="ascii") == f"{prompt} {name}\n", name

    async def _sound(self) -> None:
        status = await self.ended()
        assert status["state"] in ENDED
        store = await self.world.projects.versions(self.id)
        assert (await trio.to_thread.run_sync(store.verify)).problems == ()


@asynccontextmanager
async def versions(root: Path, failing: Failing) -> AsyncIterator[tuple[Action, ...]]:
    """The service of projects, with one that has a version."""
    async with open_world(root, Scripted(_writes)) as world:
        project = Project(world, await world.accept("at first"), failing)
        assert (await project.ended())["state"] == "succeeded"
        assert await project.change()
        assert await project.change()
        yield (
            Action("a version is taken", project.change, project.changed, every=13),
            Action("a version is restored", project.restore, project.restored, every=11),
            Action("a version is restored", project.restore, project.restored, Kind.READ, every=11, on=False),
        )


# A backup, and its restore.


class Backups:
    """A data directory that is backed up, and another that is restored into.

    Args:
        root: Where both are.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.here: Place = filled(root / "here")
        self.there: Place = place(root / "there")
        self.good = root / "good.tar"
        self.here.backup(self.good)
        self.number = 0
        self.target.parent.mkdir()

    @property
    def target(self) -> Path:
        """The file of the backup that is being made."""
        return self.root / "made" / f"{self.number}.tar"

    async def make(self) -> bool:
        """Make one."""
        self.number += 1
        await trio.to_thread.run_sync(self.here.backup, self.target)
        return True

    async def made(self, done: bool) -> None:
        """It is there as a whole, or not at all, and nothing is beside it."""
        await trio.lowlevel.checkpoint()
        assert [path.name for path in self.target.parent.iterdir()] == ([self.target.name] if done else [])
        if done:
            self._same(place(self.root / f"of-{self.number}"), self.target)
            self.target.unlink()

    async def restore(self) -> bool:
        """Put it back, into a directory that is new each time."""
        self.number += 1
        self.there = place(self.root / f"there-{self.number}")
        await trio.to_thread.run_sync(self.there.restore, self.good)
        return True

    async def restored(self, done: bool) -> None:
        """All of it is there, or it can be done again and is then."""
        await trio.lowlevel.checkpoint()
        if done:
            with open_data_dir(self.there.data.root):  # as the next server does
                assert self.there.content() == self.here.content()
        else:
            self._same(self.there, self.good)

    def _same(self, there: Place, source: Path) -> None:
        there.restore(source)
        assert there.content() == self.here.content()
        assert examine(there.data.journal).events == 5


@asynccontextmanager
async def backup(root: Path, failing: Failing) -> AsyncIterator[tuple[Action, ...]]:
    """A data directory with something of each kind."""
    del failing
    backups = Backups(root)
    yield (
        Action("a backup is made", backups.make, backups.made),
        Action("a backup is made", backups.make, backups.made, Kind.READ, every=5),
        Action("a backup is restored", backups.restore, backups.restored),
        Action("a backup is restored", backups.restore, backups.restored, Kind.UNLINK, on=False),
        Action("a backup is restored", backups.restore, backups.restored, Kind.READ, every=7),
    )


PARTS: Mapping[str, Callable[[Path, Failing], AbstractAsyncContextManager[tuple[Action, ...]]]] = {
    "versions": versions,
    "backup": backup,
    "installs": installs,
    "upgrades": upgrades,
}


async def main(part: str, root: Path) -> None:
    """Sweep all that a part does.

    Args:
        part: Its name.
        root: An empty directory.
    """
    failing = my_orders()
    async with PARTS[part](root, failing) as actions:
        for action in actions:
            for error in (errno.EIO,) if action.kinds is Kind.READ else (errno.ENOSPC, errno.EIO):
                for times in (1, ENDLESS) if action.on else (1,):
                    points = await sweep(failing, root, action, error, times)
                    name = errno.errorcode[error]
                    logger.info("%s: %d calls, %s%s", action.name, points, name, "" if times == 1 else " and on")
                    assert points > 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    trio.run(main, sys.argv[1], Path(sys.argv[2]))
