"""An install of a project's packages, and the store that it fills, while the disk fails: a part of `disk_own`.

The package manager is a stand-in, whose own calls do not fail: what is looked at is the server's part.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from actors.processes.sandbox.confinement import Level
from actors.projects.directories import clear
from actors.projects.home.packagestore import PackageStore
from actors.projects.home.settings import HomeSettings
from actors.runtime.errors import StorageFailed
from tests.actors.processes.programs import marked
from tests.actors.projects.home.standins import make_node
from tests.actors.projects.running.conftest import Running, start
from tests.faults.disk_sweep import Action
from tests.faults.machine.failing import Failing, Kind

_ID = "disk-install"
_LIMIT = 10_000


class Installs:
    """A project whose packages are installed, as if for the first time, again and again."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._forget()

    async def install(self) -> bool:
        """Install. An error of the disk is said in words by the tool that this is for: see `execute_named`."""
        try:
            outcome = await self.running.install()
        except OSError as error:
            raise StorageFailed(f"The disk said {error.strerror}.", hint="Make room.") from error
        return outcome.ok

    async def installed(self, done: bool) -> None:
        """Nothing of it runs or lies about, nothing is held, what was there is whole, and the next one goes well."""
        if done:
            self._is_there()
        self._is_tidy()
        app = self.running.app
        assert (app / "package.json").read_text(encoding="ascii") == '{"name": "x"}'
        lock = app / "package-lock.json"
        assert not lock.exists() or lock.read_text(encoding="ascii") == "locked\n"
        await trio.lowlevel.checkpoint()
        assert (await self.running.install()).ok
        self._is_there()
        self._is_tidy()
        self._forget()

    def _is_there(self) -> None:
        app = self.running.app
        assert (app / "package-lock.json").read_text(encoding="ascii") == "locked\n"
        assert (app / "node_modules" / "left-pad").is_dir()

    def _is_tidy(self) -> None:
        assert not marked(_ID)
        # What could not be removed goes with the next run of the project, as here.
        clear(self.running.layout.staging)
        assert not list(self.running.layout.staging.iterdir())
        ways = self.running.home.store.parent / "ways"
        assert not (ways.exists() and list(ways.iterdir()))
        assert not self.running.home.packages.busy

    def _forget(self) -> None:
        """Have the next one do all that a first one does."""
        app = self.running.app
        (app / "package.json").write_text('{"name": "x"}', encoding="ascii")
        (app / "package-lock.json").unlink(missing_ok=True)
        for path in (app / "node_modules", *self.running.home.store.iterdir()):
            shutil.rmtree(path, ignore_errors=True)


class Store:
    """A store of packages that is too large, again and again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self.store = PackageStore(directory, _LIMIT, 2)
        self._fill()

    async def empty(self) -> bool:
        """Empty it; who keeps it says in the log that it cannot, and goes on."""
        try:
            return await self.store.tidy()
        except OSError as error:
            raise StorageFailed(f"The disk said {error.strerror}.", hint="Make room.") from error

    async def emptied(self, done: bool) -> None:
        """It is there for the installs, empty or as it was; the next try goes well, and nothing lies about."""
        directory = self.store.directory
        names = [path.name for path in directory.iterdir()]
        assert names in ([], ["package"]), names
        assert not (done and names)
        await self.store.tidy()
        assert [path.name for path in directory.parent.iterdir()] == [directory.name]
        assert not list(directory.iterdir())
        assert not self.store.busy
        self._fill()

    def _fill(self) -> None:
        (self.store.directory / "package").write_bytes(bytes(10 * _LIMIT))


@asynccontextmanager
async def installs(root: Path, failing: Failing) -> AsyncIterator[tuple[Action, ...]]:
    """A home with a store, and a project."""
    del failing
    async with trio.open_nursery() as nursery:
        find = make_node(root / "node")
        running = await start(nursery, root, _ID, HomeSettings(highest=Level.L1), find=find)
        assert (await running.install()).ok
        own, kept = Installs(running), Store(root / "kept" / "store")
        yield (
            Action("a store is emptied", kept.empty, kept.emptied),
            Action("a store is emptied", kept.empty, kept.emptied, Kind.UNLINK),
            Action("packages are installed", own.install, own.installed),
            Action("packages are installed", own.install, own.installed, Kind.READ, every=3, on=False),
        )
        nursery.cancel_scope.cancel()
