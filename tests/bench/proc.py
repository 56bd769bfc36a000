"""What the kernel knows of a process: its processor time, its memory, and those of all that it started."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.processes import below, memory

_TICKS = 100.0
"""Of /proc, in a second, on every Linux that there is."""

_RESET_PEAK = "5"


def descriptors() -> int:
    """How many files a process may have open here, once it has raised its limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if most == resource.RLIM_INFINITY else most


def raise_descriptors(pid: int) -> None:
    """Let a process of ours have as many files open as there may be."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))


@dataclass(frozen=True)
class Spent:
    """Seconds of processor time.

    Attributes:
        own: Of a process.
        family: Of it and all processes that it has started, those that have ended too.
    """

    own: float
    family: float

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.own - other.own, self.family - other.family)


def clock(pid: int) -> float:
    """Processor time of a process, all threads, to the nanosecond; what it started is not in it."""
    # What clock_getcpuclockid(3) makes of a pid; Python has that for threads alone.
    return time.clock_gettime((~pid << 3) | 2)


def reaped(stat: str) -> float:
    """Seconds of a process's children that have ended and that it has waited for, from the text of its `stat`."""
    fields = stat[stat.rindex(")") + 2 :].split()
    return (int(fields[13]) + int(fields[14])) / _TICKS


def spent(pid: int) -> Spent:
    """Processor time until now."""
    own = clock(pid)
    family = own + _reaped(pid)
    for child, _ in below(pid):
        try:
            family += clock(child) + _reaped(child)
        except OSError:
            continue  # it has ended, and is with those of its parent next time
    return Spent(own, family)


def _reaped(pid: int) -> float:
    return reaped(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace"))


def peak(status: str) -> int:
    """Bytes of the most memory that a process had, from the text of its `status`."""
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


class Meter:
    """Measures a process from when this is made.

    Args:
        pid: The process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
        self._memory = memory(pid)
        self._began = time.perf_counter()
        self._spent = spent(pid)

    def read(self, units: float) -> dict[str, float]:
        """What was used until now.

        Args:
            units: How much was done; times are for one unit.

        Returns:
            Seconds of `cpu`, of `family` and of the `wall`, each for one unit; bytes of memory, as the `peak` and as
            `growth`, how far that is above the beginning.
        """
        used, wall = spent(self._pid) - self._spent, time.perf_counter() - self._began
        most = peak(Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8"))
        return {
            "cpu": used.own / units,
            "family": used.family / units,
            "wall": wall / units,
            "peak": float(most),
            "growth": float(max(most - self._memory, 4096)),
        }
