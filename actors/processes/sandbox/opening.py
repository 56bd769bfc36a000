"""Opens confined process trees: the walls of `confine`, the ownership of `open_tree`, and the watchdog."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.processes.exits import Exit
from actors.processes.sandbox.confine import confine
from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.groups import GroupHome
from actors.processes.sandbox.tools import Tools
from actors.processes.sandbox.watchdog import Overrun, Watch, Watchdog
from actors.processes.tree import Spawn, Tree


@dataclass(frozen=True)
class ConfinedTree:
    """A confined process tree.

    Attributes:
        tree: The tree: its streams, its end, and how to stop it.
        root: Where the program sees its root.
        watch: What it uses.
    """

    tree: Tree
    root: Path
    watch: Watch

    @property
    def overrun(self) -> Optional[Overrun]:
        """What it had too much of, when the watchdog ended it."""
        return self.watch.overrun

    async def wait(self) -> Exit:
        """Wait until the tree is gone; see `overrun` for whether it was made to."""
        return await self.tree.wait()


class Sandbox:
    """What runs programs confined, at the level that was found at boot.

    Args:
        level: The level.
        spawn: `open_tree`, bound to the server's data directory.
        watchdog: What keeps the limits of whole trees; it has to run.
        groups: Where control groups are made, at L3.
        tools: What to build with: what this machine has, when not given.
    """

    def __init__(
        self,
        level: Level,
        spawn: Spawn,
        watchdog: Watchdog,
        groups: Optional[GroupHome] = None,
        tools: Optional[Tools] = None,
    ) -> None:
        if level >= Level.L3 and groups is None:
            raise ValueError("level L3 needs a place for control groups")
        self.level = level
        self._spawn = spawn
        self._watchdog = watchdog
        self._groups = groups
        self._tools = tools

    @asynccontextmanager
    async def open(
        self, argv: Sequence[str], confinement: Confinement, *, owner: str, tried: bool = False, **options: object
    ) -> AsyncIterator[ConfinedTree]:
        """Start a program confined, and own its tree: see `open_tree` for how it ends.

        Args:
            argv: The program, as it is called inside.
            confinement: The walls around it.
            owner: The actor that owns it.
            tried: Whether it is run to see that the watchdog ends it.
            **options: What else `open_tree` takes: `stdin` (without a listening socket), `merge_stderr`, `umask`,
                `grace`.

        Yields:
            The tree. That it started says that the walls are being built: a program that cannot be run, or walls that
            cannot be built, show as its exit code (127, 126 or 1) with the reason on stderr.
        """
        with self._group(confinement) as group:
            confined = confine(argv, confinement, self.level, tools=self._tools, group=group)
            async with self._spawn(list(confined.argv), owner=owner, **{**options, **confined.options}) as tree:
                with self._watchdog.watching(tree, confinement.own, confinement.tree, tried=tried) as watch:
                    yield ConfinedTree(tree, confined.root, watch)

    @contextmanager
    def _group(self, confinement: Confinement) -> Iterator[Optional[Path]]:
        """Make a control group, at L3."""
        if self._groups is None or self.level < Level.L3:
            yield None
        else:
            with self._groups.group(confinement.tree) as path:
                yield path
