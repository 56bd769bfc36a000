"""Runs the commands and the installs of one project, each confined to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

import trio

from actors.processes.sandbox.confinement import APP, Confinement
from actors.processes.sandbox.limits import TreeLimits
from actors.projects.home.home import Home
from actors.projects.layout import Layout
from actors.projects.packages.plan import command_environment
from actors.projects.running.command import Command
from actors.projects.running.installed import Installed, look
from actors.projects.running.installing import Wish, install
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.printed import Printed
from actors.projects.running.site import Site
from actors.projects.tools.outside import CommandOutcome

COMMAND = "command"
INSTALL = "install"
ENTER = ("/bin/sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh")
"""Goes to a directory once inside, where nothing that was put in its place leads out."""

ALREADY = "Already installed: nothing changed since the last install."
WAITING = "Waiting: other projects are installing."


class ProjectRunner:
    """Runs the programs of one project (`actors.projects.tools.outside.CommandRunner`).

    Args:
        home: What all projects share.
        project_id: The project, which owns the processes.
        layout: Where its things are.
        log: Keeps what is printed.
        limits: What the processes of one command may use together; the server's, when not given.
        base: The path under which the app is served, which some builds have to know.
    """

    def __init__(
        self,
        home: Home,
        project_id: str,
        layout: Layout,
        log: OutputLog,
        limits: Optional[TreeLimits] = None,
        *,
        base: str = "/",
    ) -> None:
        self.log = log
        self._home = home
        self._id = project_id
        self._layout = layout
        self._limits = limits or home.settings.tree
        self._base = {} if base == "/" else {"BASE_PATH": base.rstrip("/")}
        self._installing = trio.Lock()
        self._installed: Optional[Installed] = None

    async def confinement(
        self,
        *,
        listen: Optional[int] = None,
        port: int = 0,
        environment: Optional[Mapping[str, str]] = None,
        tree: Optional[TreeLimits] = None,
    ) -> Confinement:
        """Return the walls around a program of the project, without a way out.

        The program starts in the project's root, which is `APP` inside from L2 up. `node`, `pnpm` and what the project
        installed are in its PATH.

        Args:
            listen: A listening socket whose connections are bridged to `port` inside.
            port: That port.
            environment: What the program needs besides what all programs of the project get; wins over that.
            tree: What its processes may use together, if not as all commands.

        Raises:
            CallboardError: There is no Node.
            SandboxTooWeak: This machine keeps programs in less well than the server allows.
        """
        site = await self._site()
        return Confinement(
            self._layout.app,
            seen_as=APP,
            read_only=site.tools.places,
            home=await site.own_home(),
            listen=listen,
            port=port,
            environment={
                **command_environment(site.tools, site.root, network=False),
                **self._base,
                **(environment or {}),
            },
            tree=tree or self._limits,
        )

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool = False
    ) -> CommandOutcome:
        """Run a command: see `CommandRunner.run`."""
        site = await self._site()
        confinement = await self.confinement()
        if cwd != self._layout.app:
            argv = (*ENTER, str(site.root / cwd.relative_to(self._layout.app)), *argv)
        printed = Printed(self.log, COMMAND, on_line)
        if not network:
            return await site.run(Command(argv, confinement, self._id), seconds, printed)
        async with site.way_out(printed) as way:
            environment = command_environment(site.tools, site.root, network=True)
            opened = replace(confinement, egress=way, read_only=site.tools.shown, environment=environment)
            return await site.run(Command(argv, opened, self._id), seconds, printed)

    async def install(
        self, packages: Sequence[str], *, dev: bool, frozen: bool, seconds: float, on_line: Callable[[str], None]
    ) -> CommandOutcome:
        """Install packages: see `CommandRunner.install`."""
        site = await self._site()
        async with self._installing:
            before = await self._look()
            if not packages and self._installed is not None and before == self._installed:
                on_line(ALREADY)
                return CommandOutcome(0, None, f"{ALREADY}\n", cut=False, seconds=0.0, skipped=True)
            self._installed = None
            if self._home.packages.busy:
                on_line(WAITING)
            async with self._home.packages.installing() as store:
                began = trio.current_time()
                wish = Wish(tuple(packages), dev, frozen, before.locked, until=began + seconds)
                outcome = await install(site, store, wish, Printed(self.log, INSTALL, on_line))
                outcome = replace(outcome, seconds=trio.current_time() - began)
            after = await self._look()
            # A file that was written meanwhile may not have been seen by the install.
            if outcome.ok and not packages and after.whole and after.wanted[0] == before.wanted[0]:
                self._installed = after
            return outcome

    async def _site(self) -> Site:
        """Wait for the sandbox and for Node.

        Raises:
            CallboardError: There is no Node, or the sandbox is too weak.
        """
        finding = await self._home.finding()
        finding.require(self._home.settings.lowest, "Running a project's programs")
        sandbox, tools = await self._home.sandbox(), await self._home.toolchain()
        return Site(self._home, self._id, self._layout, self._limits, sandbox, tools)

    async def _look(self) -> Installed:
        """Look how the project is."""
        return await trio.to_thread.run_sync(look, self._layout.app)
