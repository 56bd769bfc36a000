"""What one command prints: kept in part, passed on in whole, and no faster than the server can take it."""

from collections import deque
from collections.abc import Callable
from typing import Optional

import trio

from actors.processes.lines import Lines
from actors.projects.running.outputlog import OutputLog

KEPT = 128 * 1024
MAX_LINE = 8_000
BURST = 16 * 2**20
PER_SECOND = 4 * 2**20
LINE_COST = 100
"""A line costs as much as so many bytes."""

AT_ONCE = 1_000
LOGGED = 10_000
LOGGED_PER_SECOND = 500


class Printed:
    """Takes the lines of one command.

    What prints without end is slowed, by not being read; the log keeps a bounded number of its lines.

    Args:
        log: Where lines are kept; nowhere when None.
        source: By which name.
        on_line: Given each line.
    """

    def __init__(self, log: Optional[OutputLog], source: str, on_line: Callable[[str], None]) -> None:
        self.cut = False
        self._log = log
        self._source = source
        self._on_line = on_line
        self._lines: deque[str] = deque()
        self._size = 0
        self._room = float(BURST)
        self._loggable = float(LOGGED)
        self._left_out = 0
        self._seen = trio.current_time()

    @property
    def text(self) -> str:
        """The newest part of it."""
        return "".join(f"{line}\n" for line in self._lines)

    async def take(self, lines: Lines) -> None:
        """Take lines, and wait for as long as they came too fast."""
        now = trio.current_time()
        past, self._seen = now - self._seen, now
        self._loggable = min(self._loggable + past * LOGGED_PER_SECOND, LOGGED)
        cost = sum(map(len, lines)) + LINE_COST * len(lines)
        self._room = min(self._room + past * PER_SECOND, BURST) - cost
        for first in range(0, len(lines), AT_ONCE):
            self.add(lines[first : first + AT_ONCE])
            await trio.lowlevel.checkpoint()
        if self._room < 0:
            await trio.sleep(-self._room / PER_SECOND)

    def add(self, lines: Lines) -> None:
        """Take a few lines, without waiting."""
        for line in lines:
            self._keep(line[:MAX_LINE])
            self._on_line(line)
        logged = max(0, min(len(lines), int(self._loggable)))
        self._loggable -= logged
        self._left_out += len(lines) - logged
        if logged and self._log is not None:
            self._log.lines(self._source, lines[:logged])

    def end(self) -> None:
        """Say in the log how much of it is not there."""
        if self._left_out and self._log is not None:
            self._log.line(self._source, f"[{self._left_out} more lines were not kept]")
            self._left_out = 0

    def _keep(self, line: str) -> None:
        """Keep a line, and let go of the oldest ones."""
        self._lines.append(line)
        self._size += len(line) + 1
        while self._size > KEPT:
            self._size -= len(self._lines.popleft()) + 1
            self.cut = True
