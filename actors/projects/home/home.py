"""What all projects share, and the actor that finds it."""

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import trio

from actors.processes.removal import remove_tree
from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.levels import Finding, Missing, find_level
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import Spawn
from actors.projects.egress.names import Allowed
from actors.projects.home.packagestore import PackageStore
from actors.projects.home.settings import HomeSettings
from actors.projects.home.tools import Find, Tools, nodes_of_this_machine
from actors.projects.packages.plan import Toolchain
from actors.projects.packages.pnpm import VERSION
from actors.projects.packages.running import make_run
from actors.runtime.availability import Availability
from actors.runtime.threads import in_thread

logger = logging.getLogger(__name__)

OWNER = "projects"
TOOLS = "tools"
"""Where in its directory the package manager is installed."""

DEFAULT_SETTINGS = HomeSettings()


class Home:
    """What all projects of a server share. It is of use while `run` runs.

    Args:
        spawn: `open_tree`, bound to the server's data directory.
        watchdog: What keeps the limits of process trees; `run` runs it.
        directory: The server's own place for tools and packages.
        settings: What projects are allowed.
        find: What finds the Nodes of this machine.
    """

    def __init__(
        self,
        spawn: Spawn,
        watchdog: Watchdog,
        directory: Path,
        settings: HomeSettings = DEFAULT_SETTINGS,
        *,
        find: Find = nodes_of_this_machine,
    ) -> None:
        self.watchdog = watchdog
        self.settings = settings
        self.packages = PackageStore(directory / "store", settings.store_bytes, settings.installs)
        self._spawn = spawn
        self._empty = directory / "empty"
        self._ways = directory / "ways"
        self._canaries = directory / "canaries"
        self._finding: Optional[Finding] = None
        self._sandbox: Optional[Sandbox] = None
        self._found = trio.Event()
        self._tools = Tools(
            make_run(spawn, OWNER),
            directory / TOOLS,
            self._empty,
            look_after=settings.look_after,
            retry_after=settings.retry_after,
            find=find,
        )

    @property
    def store(self) -> Path:
        """The packages that were fetched before; only an install gets to see it."""
        return self.packages.directory

    @property
    def node(self) -> Availability:
        """Whether there is Node, as far as that is known: see `has_node`."""
        return self._tools.node

    async def has_node(self) -> Availability:
        """Return whether there is Node, once that is known: a moment after the start."""
        return await self._tools.has_node()

    async def finding(self) -> Finding:
        """Return the sandbox level that was found, once it is."""
        await trio.lowlevel.checkpoint()
        while self._finding is None:
            await self._found.wait()
        return self._finding

    async def sandbox(self) -> Sandbox:
        """Return what runs programs confined, once its level is known."""
        await trio.lowlevel.checkpoint()
        while self._sandbox is None:
            await self._found.wait()
        return self._sandbox

    async def toolchain(self) -> Toolchain:
        """Return Node and the package manager, once they are ready. A failure is tried again later, when called.

        Raises:
            CallboardError: There is no Node, and how to get it; or npm does not answer.
        """
        return await self._tools.get()

    def allowed(self, tools: Toolchain) -> Allowed:
        """Return which hosts an install may reach."""
        return tools.registries.allowed(self.settings.hosts, self.settings.networks)

    def new_way(self) -> Path:
        """Return a path for the socket of a way out: nobody else's, and short."""
        return self._ways / f"{secrets.token_hex(6)}.sock"

    def state(self) -> Mapping[str, Any]:
        """Return what there is by now, as JSON, for those who look after the server."""
        finding, tools = self._finding, self._tools.ready
        return {
            "level": None if finding is None else finding.level.name,
            "passed": [] if finding is None else list(finding.passed),
            "missing": [] if finding is None else [vars(missing) for missing in finding.missing],
            "node": self._tools.version,
            "pnpm": VERSION if tools is not None and tools.pnpm is not None else None,
            "problem": self._tools.problem,
        }

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Find it all, and keep the watchdog running, until cancelled.

        Raises:
            OSError: Its directory cannot be made.
        """
        await in_thread(self._make)
        async with trio.open_nursery() as nursery:
            await nursery.start(self.watchdog.run)
            nursery.start_soon(self._find_level)
            nursery.start_soon(self._tools.keep)
            nursery.start_soon(self.packages.keep)
            task_status.started()
            await trio.sleep_forever()

    async def _find_level(self) -> None:
        """Find the sandbox level, unless it was found before."""
        if self._finding is not None:
            return
        try:
            finding = await find_level(self._spawn, self.watchdog, highest=self.settings.highest, place=self._canaries)
        except OSError as error:
            logger.warning("The sandbox level could not be found: %s", error)
            hint = "Make room on the disk of the data directory, and start the server again."
            finding = Finding(Level.L0, (), (Missing("the canaries", str(error), hint),))
        self._finding = finding
        self._sandbox = Sandbox(finding.level, self._spawn, self.watchdog, finding.groups)
        self._found.set()

    def _make(self) -> None:
        """Make the directories, and remove what a dead server left of its sockets and its canaries. Blocks."""
        for directory in (self.store, self._empty):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self._ways, self._canaries):
            remove_tree(directory)
            directory.mkdir(mode=0o700)
