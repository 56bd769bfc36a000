"""What a program prints, through the parts of Callboard that a run's output goes through, to its subscribers.

As in a build the output is read from an owned process tree, cut into lines, and kept in a log on disk of bounded size;
and as in a job each line is reported, of which as many are told as people can read, and of the others how many there
were. With `kept` each line is an event instead.
"""

from collections.abc import Sequence
from pathlib import Path

import trio

from actors.journal.base import Change, NewEvent
from actors.journal.journal import Journal
from actors.processes.bounded_log import BoundedLog
from actors.processes.environment import base_environment
from actors.processes.lines import Lines, relay_lines
from actors.processes.tree import open_tree
from actors.runs.reporter import Reporter
from actors.runs.reports import Log
from actors.runs.states import State, Status

_EACH = 200
"""Events of one write, where every line is one: fewer than a stream has in memory, so that it is not read from disk."""


async def print_lines(journal: Journal, folder: Path, actor_id: str, command: Sequence[str], *, kept: bool) -> None:
    """Run a program to its end, and end the stream of its actor.

    Args:
        journal: Where events go.
        folder: For the log.
        actor_id: Whose events they are.
        command: The program and its arguments.
        kept: Whether each line is an event.

    Raises:
        RuntimeError: The program failed.
    """
    status = Status(State.RUNNING, 1)
    reporter = Reporter(journal, {"id": actor_id}, status)

    async def take(lines: Lines) -> None:
        log.append(lines)
        if kept:
            await _write(journal, actor_id, lines)
            return
        for line in lines:
            reporter.report(Log("info", line))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reporter.run)
        tree = open_tree(command, owner=actor_id, data_id="bench", cwd="/", env=base_environment())
        with BoundedLog(folder / f"{actor_id}.log") as log:
            async with tree as running:
                await relay_lines(running.stdout, take)
                end = await running.wait()
        await reporter.change(status.ended(State.SUCCEEDED if end.ok else State.FAILED))
        nursery.cancel_scope.cancel()
    if not end.ok:
        raise RuntimeError(f"{' '.join(command)} ended with {end}.")


async def _write(journal: Journal, actor_id: str, lines: Lines) -> None:
    """Have each line on disk, and told."""
    for first in range(0, len(lines), _EACH):
        events = tuple(NewEvent("log", {"level": "info", "message": line}) for line in lines[first : first + _EACH])
        await journal.write(Change(actor_id, "running", 1, {"id": actor_id}, events=events))
