"""Finds Node, and makes the package manager ready, once for all who need them."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Optional

import trio

from actors.projects.packages.node import Candidate, Finding, Node, candidates, find_node, wheel_directory
from actors.projects.packages.plan import Toolchain
from actors.projects.packages.pnpm import VERSION, Pnpm, provide_pnpm
from actors.projects.packages.registry import ask_registries
from actors.projects.packages.running import Run
from actors.runtime.availability import Availability
from actors.runtime.errors import CallboardError
from actors.runtime.threads import in_thread

logger = logging.getLogger(__name__)

NOT_LOOKED = Availability(available=False, reason="whether there is Node on this machine is not known yet")

Find = Callable[[], list[Candidate]]


def nodes_of_this_machine() -> list[Candidate]:
    """Return the Nodes that there are, the preferred one first. Blocks."""
    return list(candidates(wheel_directory(), os.environ.get("PATH", "")))


class Tools:
    """Node and the package manager: looked for by one task, waited for by any number.

    Args:
        run: Runs programs outside of any sandbox.
        directory: Where the package manager is installed; no project can write there.
        empty: A directory that stays empty, for programs that read configuration where they are started.
        look_after: Seconds before it looks by itself.
        retry_after: Seconds after a failure before it looks again.
        find: What finds the Nodes.
    """

    def __init__(
        self,
        run: Run,
        directory: Path,
        empty: Path,
        *,
        look_after: float,
        retry_after: float,
        find: Find = nodes_of_this_machine,
    ) -> None:
        self._run = run
        self._directory = directory
        self._empty = empty
        self._look_after = look_after
        self._retry_after = retry_after
        self._find = find
        self._wanted = trio.Event()
        self._looked = trio.Event()
        self._asked_for_node = trio.Event()
        self._again = 0.0
        self._finding: Optional[Finding] = None
        self._toolchain: Optional[Toolchain] = None
        self._problem: Optional[CallboardError] = None

    @property
    def ready(self) -> Optional[Toolchain]:
        """What there is by now; None as long as that is nothing."""
        return self._toolchain

    @property
    def problem(self) -> str:
        """What went wrong when it was last looked for, for people."""
        problems = [] if self._problem is None else [f"{self._problem.problem}. {self._problem.hint}".strip(". ")]
        if self._toolchain is not None:
            problems += [f"npm's configuration: {problem}" for problem in self._toolchain.registries.problems]
        return "; ".join(problems)

    @property
    def node(self) -> Availability:
        """Whether there is Node, as far as that is known."""
        return NOT_LOOKED if self._finding is None else self._finding.availability

    @property
    def version(self) -> Optional[str]:
        """Node's version."""
        node = None if self._finding is None else self._finding.node
        return None if node is None else ".".join(map(str, node.version))

    async def has_node(self) -> Availability:
        """Return whether there is Node, once that is known."""
        await trio.lowlevel.checkpoint()
        if self._finding is None:
            await self._asked_for_node.wait()
        return self.node

    async def get(self) -> Toolchain:
        """Return them, once they were looked for; after a failure, look again when it is some time ago.

        Raises:
            CallboardError: There is no Node, or npm does not answer.
        """
        await trio.lowlevel.checkpoint()
        if self._toolchain is None and (self._problem is None or trio.current_time() >= self._again):
            looked = self._looked
            self._wanted.set()
            await looked.wait()
        if self._toolchain is not None:
            if self._toolchain.pnpm is None and trio.current_time() >= self._again:
                self._wanted.set()
            return self._toolchain
        problem = self._problem or CallboardError("Node was not found")
        raise CallboardError(problem.problem, hint=problem.hint)

    async def keep(self) -> None:
        """Look for Node at once, for the rest a little later, and again when that failed and somebody asks."""
        await self._look_for_node()
        with trio.move_on_after(self._look_after):
            await self._wanted.wait()
        while True:
            await self._look()
            self._again = trio.current_time() + self._retry_after
            self._wanted = trio.Event()
            looked, self._looked = self._looked, trio.Event()
            looked.set()
            await self._wanted.wait()

    async def _look_for_node(self) -> Optional[Node]:
        """Look for Node, unless it was found before."""
        if self._finding is None or self._finding.node is None:
            found = await in_thread(self._find)
            self._finding = await find_node(self._run, found, self._empty)
            self._asked_for_node.set()
        return self._finding.node

    async def _look(self) -> None:
        """Look for all of it, and note what is wrong."""
        try:
            node = await self._look_for_node()
            if node is None:
                self._problem = CallboardError(self.node.reason, hint=self.node.hint)
                return
            self._problem = None
            registries = await ask_registries(self._run, node, self._empty)
            self._toolchain = Toolchain(node, await self._provide(node), registries)
        except CallboardError as error:
            self._problem = error
        except OSError as error:
            self._problem = CallboardError(f"{self._directory} cannot be used: {error.strerror}", hint="See the log.")
        if self.problem:
            logger.warning("%s", self.problem)

    async def _provide(self, node: Node) -> Optional[Pnpm]:
        """Return pnpm; None when it cannot be had: npm does the work then."""
        try:
            pnpm = await provide_pnpm(self._run, node, self._directory)
        except CallboardError as error:
            self._problem = error
            return None
        logger.info("Packages are installed with pnpm %s", VERSION)
        return pnpm
