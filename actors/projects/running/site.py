"""A project, with all that running its programs takes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import trio

from actors.processes.sandbox.confinement import APP, Level
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.opening import Sandbox
from actors.projects.egress.proxy import MAX_PATH, Decision, open_egress
from actors.projects.home.home import Home
from actors.projects.layout import Layout
from actors.projects.packages.plan import Toolchain
from actors.projects.running.command import Command, run_command
from actors.projects.running.printed import Printed
from actors.projects.tools.outside import CommandOutcome
from actors.runtime.errors import Conflict


@dataclass(frozen=True)
class Site:
    """A project, with all that running its programs takes.

    Attributes:
        home: What all projects share.
        project: Its id, which owns the processes.
        layout: Where its things are.
        limits: What the processes of one command may use together.
        sandbox: What confines them.
        tools: Node and the package manager.
    """

    home: Home
    project: str
    layout: Layout
    limits: TreeLimits
    sandbox: Sandbox
    tools: Toolchain

    @property
    def root(self) -> Path:
        """Where the project is seen inside."""
        return self.seen(self.layout.app)

    def seen(self, directory: Path) -> Path:
        """Return where a directory is seen inside that a program has for its root."""
        return APP if self.sandbox.level >= Level.L2 else directory

    async def own_home(self) -> Optional[Path]:
        """Return a home below L2, where there is none in memory: else it would be the project's root."""
        if self.sandbox.level >= Level.L2:
            return None
        home = self.layout.own / "home"
        await trio.Path(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    async def run(self, command: Command, seconds: float, printed: Printed) -> CommandOutcome:
        """Run a program to its end."""
        return await run_command(self.sandbox, self.home.watchdog, command, seconds=seconds, printed=printed)

    @asynccontextmanager
    async def way_out(self, printed: Printed) -> AsyncIterator[Path]:
        """Open a way out that leads to the registry's hosts and nowhere else.

        Args:
            printed: Told what was asked for besides.

        Yields:
            The socket.

        Raises:
            Conflict: Below L2 its path has to be short enough for those inside, too.
        """
        path = self.home.new_way()
        if self.sandbox.level < Level.L2 and len(os.fsencode(path)) > MAX_PATH:
            raise Conflict(f"{path} is too long for a unix socket", hint="Put the data directory at a shorter path.")
        refused: set[tuple[str, int, str]] = set()

        def decided(decision: Decision) -> None:
            told = (decision.host, decision.port, decision.why)
            if not decision.allowed and told not in refused:
                refused.add(told)
                printed.add((f"[{decision.host}:{decision.port} was not reached: {decision.why}]",))

        allowed, limits = self.home.allowed(self.tools), self.home.settings.egress
        async with open_egress(path, allowed, limits=limits, on_decision=decided):
            yield path
