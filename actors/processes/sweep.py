"""Ends processes that nobody owns any more: at boot what a dead server left, and a tree whose reaper was killed.

A process is ours by its record (pid and start time, never a bare pid), by the marker in its environment, or by being
below one that is. What escapes: a process that was started with an empty environment, left its session, and whose
reaper was killed together with the server.

Everything here blocks: run it in a thread.
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from actors.processes.environment import MARKER
from actors.processes.records import Record, boot_id, read_records
from actors.processes.table import Process, descendants, read_process, read_table, send

logger = logging.getLogger(__name__)

MAX_ENVIRONMENT = 1024 * 1024
_PREFIX = f"{MARKER}=".encode()
Table = dict[int, Process]


@dataclass(frozen=True)
class SweepReport:
    """What a sweep did.

    Attributes:
        ended: What was ended, as `name[pid]`.
        left: What was still there at the end of the time, the same way.
        records: How many records of dead trees were removed.
    """

    ended: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    records: int = 0

    def __str__(self) -> str:
        """Return one sentence for the log."""
        if not self.ended and not self.left:
            return "nothing was left by an earlier server"
        left = f"; still there: {', '.join(self.left)}" if self.left else ""
        return f"ended {len(self.ended)} processes that were left: {', '.join(self.ended)}{left}"


def read_marker(pid: int) -> str:
    """Return the marker that a process was started with; empty when it has none or it is not ours to read."""
    try:
        with Path(f"/proc/{pid}/environ").open("rb") as file:
            variables = file.read(MAX_ENVIRONMENT).split(b"\0")
    except OSError:
        return ""
    return next((os.fsdecode(item[len(_PREFIX) :]) for item in variables if item.startswith(_PREFIX)), "")


def sweep(records: Path, data_id: str, *, seconds: float = 2.0) -> SweepReport:
    """End what an earlier server of this data directory left running.

    Call it while holding the data directory's lock: it takes every tree of `data_id` for an orphan.

    Args:
        records: Where trees keep their records; need not exist.
        data_id: The data directory's identity, as given to `open_tree`.
        seconds: How long it may take.

    Returns:
        What was ended, and what was not.
    """
    found = list(read_records(records))
    ours = [record for _, record in found if record.boot == boot_id()]
    prefix = f"{data_id}:"

    def orphans(table: Table) -> list[Process]:
        recorded = [process for record in ours for process in _recorded(record, table)]
        marked = [process for process in table.values() if read_marker(process.pid).startswith(prefix)]
        return recorded + marked

    ended, left = _end(orphans, seconds)
    if not left:
        for path, _ in found:
            path.unlink(missing_ok=True)
    report = SweepReport(ended=ended, left=left, records=0 if left else len(found))
    logger.log(logging.WARNING if left else logging.INFO, "%s", report)
    return report


def end_tree(marker: str, session: int, *, seconds: float = 0.5) -> SweepReport:
    """End one tree whose reaper does not answer, or is gone.

    Args:
        marker: The tree's marker.
        session: The main process's session, or 0 when it never ran. It was alive a moment ago, so its number is not
            used again yet.
        seconds: How long it may take.

    Returns:
        What was ended, and what was not.
    """

    def members(table: Table) -> list[Process]:
        return [
            process
            for process in table.values()
            if (session and process.session == session) or read_marker(process.pid) == marker
        ]

    ended, left = _end(members, seconds)
    return SweepReport(ended=ended, left=left)


def _recorded(record: Record, table: Table) -> list[Process]:
    """Return the processes that a record names, as far as they are the same ones."""
    pairs = ((record.pid, record.start), (record.reaper_pid, record.reaper_start))
    return [table[pid] for pid, start in pairs if pid in table and table[pid].start == start]


def _end(find: Callable[[Table], list[Process]], seconds: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Freeze and kill what `find` finds, and all below it, until it finds nothing.

    Each round looks again: a process may fork between being seen and being frozen. There is one round however short the
    time.

    Returns:
        The names of what was ended, and of what is left.
    """
    deadline = time.monotonic() + seconds
    seen: dict[tuple[int, int], str] = {}
    pause = 0.002
    while found := _with_descendants(find, read_table()):
        if seen and time.monotonic() > deadline:
            break
        seen.update(_named(found))
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in found:
                _send_exactly(process, number)
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    left = _named(found)
    return _names(seen, seen.keys() - left.keys()), _names(left, left.keys())


def _with_descendants(find: Callable[[Table], list[Process]], table: Table) -> list[Process]:
    """Return the living processes that `find` finds and all below them, never this process or what it runs under."""
    spared = _ancestry(table)
    roots = [process for process in find(table) if process.pid not in spared]
    every = roots + descendants([process.pid for process in roots], table)
    unique = {process.pid: process for process in every if process.alive and process.pid not in spared}
    return list(unique.values())


def _ancestry(table: Table) -> set[int]:
    """Return this process and its ancestors."""
    pid = os.getpid()
    found: set[int] = set()
    while pid in table and pid not in found:
        found.add(pid)
        pid = table[pid].parent
    return found | {os.getpid(), 1}


def _send_exactly(process: Process, number: int) -> None:
    """Signal a process if its pid still is that process's: the one that was looked at may have ended since."""
    now = read_process(process.pid)
    if now is not None and now.start == process.start:
        send(process.pid, number)


def _named(processes: list[Process]) -> dict[tuple[int, int], str]:
    """Return what to call each process in the log, by pid and start time."""
    return {(process.pid, process.start): f"{process.name}[{process.pid}]" for process in processes}


def _names(seen: dict[tuple[int, int], str], keys: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """Return the names for some of the processes seen, in the order of their pids."""
    return tuple(seen[key] for key in sorted(keys))
