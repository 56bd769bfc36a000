"""The kernel's process table, and signals to what is found in it.

Part of the reaper: imports as little as possible (see `actors.processes.reaper`).
"""

from __future__ import annotations

import os

DEAD_STATES = "ZX"


class Process:
    """One line of the process table.

    Attributes:
        pid: The process.
        parent: Its parent's pid.
        group: Its process group.
        session: Its session.
        state: One letter, as in `/proc/PID/stat`.
        start: Ticks from boot to its start: with the pid it names one process for good.
        name: The program's short name.
    """

    __slots__ = ("group", "name", "parent", "pid", "session", "start", "state")

    def __init__(self, pid: int, stat: str) -> None:
        end = stat.rindex(")")
        fields = stat[end + 2 :].split()
        self.pid = pid
        self.name = stat[stat.index("(") + 1 : end]
        self.state = fields[0]
        self.parent, self.group, self.session = int(fields[1]), int(fields[2]), int(fields[3])
        self.start = int(fields[19])

    @property
    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        return self.state not in DEAD_STATES


def read_process(pid: int) -> Process | None:
    """Return what the process table says of `pid`; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib alone would double the start
            return Process(pid, os.fsdecode(file.read()))
    except (OSError, ValueError):
        return None


def read_table() -> dict[int, Process]:
    """Return all processes by pid."""
    found = (read_process(int(name)) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - as above
    return {process.pid: process for process in found if process is not None}


def descendants(roots: list[int], table: dict[int, Process]) -> list[Process]:
    """Return what is below `roots` in `table`, zombies included, parents before their children."""
    children: dict[int, list[Process]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    queue = list(roots)
    while queue:
        below = children.pop(queue.pop(), [])
        found.extend(below)
        queue.extend(process.pid for process in below)
    return found


def send(pid: int, number: int, *, group: bool = False) -> bool:
    """Send a signal to a process, or to a whole group; return whether there was one to take it."""
    try:
        (os.killpg if group else os.kill)(pid, number)
    except OSError:
        return False
    return True


def send_to_all(processes: list[Process], number: int, *, spare_group: int) -> None:
    """Send a signal to each process and to its group.

    The kernel signals a group in one step that no fork can slip through, so a fork bomb in one group ends at once.
    A group of a pid namespace outside of ours reads 0 or 1, which mean other things to `killpg`: never used.

    Args:
        processes: Who gets it.
        number: The signal.
        spare_group: The caller's own group, never signalled as a group.
    """
    for group in {process.group for process in processes} - {spare_group}:
        if group > 1:
            send(group, number, group=True)
    for process in processes:
        send(process.pid, number)
