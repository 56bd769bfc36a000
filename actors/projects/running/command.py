"""Runs one program confined, to its end, within its time and its limits."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import trio

from actors.processes.exits import Exit
from actors.processes.lines import relay_lines
from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.opening import ConfinedTree, Sandbox
from actors.processes.sandbox.watchdog import Watch, Watchdog
from actors.projects.running.printed import Printed
from actors.projects.tools.outside import CommandOutcome

GRACE = 0.5
"""Seconds that a command gets between SIGTERM and SIGKILL."""

FATAL = frozenset(
    {signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGXFSZ, signal.SIGXCPU}
)
SHELL = 128
"""From here on, an exit code means a signal: so tells a shell, and what stands before a program in a namespace."""


@dataclass(frozen=True)
class Counted:
    """A directory that is counted by itself.

    Attributes:
        directory: It.
        limits: What it may hold; for a tree that holds more, that is the end.
        after: Seconds after the start when it is first looked at.
    """

    directory: Path
    limits: TreeLimits
    after: float = 0.0


@dataclass(frozen=True)
class Command:
    """A program to run.

    Attributes:
        argv: It, as it is called inside, and its arguments.
        confinement: The walls around it.
        owner: The project.
        counted: Directories that are counted by themselves, when the confinement's limits leave them out.
    """

    argv: Sequence[str]
    confinement: Confinement
    owner: str
    counted: tuple[Counted, ...] = field(default=())


async def run_command(
    sandbox: Sandbox, watchdog: Watchdog, command: Command, *, seconds: float, printed: Printed
) -> CommandOutcome:
    """Run a program to its end; nothing of it is left then, nor after a cancel.

    Args:
        sandbox: What confines it.
        watchdog: What keeps its limits.
        command: What to run.
        seconds: After which it is ended.
        printed: Takes what it prints.

    Raises:
        StartFailed: It could not be started.
    """
    began = trio.current_time()
    watches: list[Watch] = []
    confinement, owner = command.confinement, command.owner
    async with sandbox.open(command.argv, confinement, owner=owner, merge_stderr=True, grace=GRACE) as confined:
        async with trio.open_nursery() as nursery:
            for counted in command.counted:
                nursery.start_soon(_count, watchdog, confined, counted, watches)
            with trio.move_on_after(seconds) as scope:
                await relay_lines(confined.tree.stdout, printed.take)
                await confined.wait()
            nursery.cancel_scope.cancel()
        end = await confined.tree.stop()
    printed.end()
    watches.append(confined.watch)
    overrun = "; ".join(str(watch.overrun) for watch in watches if watch.overrun is not None)
    code, number = _ending(end, sandbox.level)
    took = trio.current_time() - began
    return CommandOutcome(
        code, number, printed.text, printed.cut, took, timed_out=scope.cancelled_caught and not overrun, overrun=overrun
    )


async def _count(watchdog: Watchdog, confined: ConfinedTree, counted: Counted, watches: list[Watch]) -> None:
    """Have a directory counted until cancelled."""
    await trio.sleep(counted.after)
    with watchdog.watching(confined.tree, (counted.directory,), counted.limits) as watch:
        watches.append(watch)
        await trio.sleep_forever()


def _ending(end: Exit, level: Level) -> tuple[Optional[int], Optional[int]]:
    """Return the exit code, or else the signal."""
    if level >= Level.L2 and end.code is not None and end.code - SHELL in FATAL:
        return None, end.code - SHELL
    return end.code, end.signal
