"""What a dev server prints: its last lines, its log, and how fast it may."""

from collections import deque
from typing import Optional

import trio

from actors.processes.lines import Lines
from actors.projects.devserver.outside import LineLog
from actors.projects.tools.texts import plain, short

SOURCE = "dev server"
TAIL_LINES = 40
MAX_LINE = 500
BURST_BYTES = 4 * 2**20
BYTES_PER_SECOND = 2**20
BURST_LINES = 10_000
LINES_PER_SECOND = 1_000


class ServerOutput:
    """Takes what one dev server prints, all its processes one after another.

    A flood slows the process that makes it, and does not fill the log: lines beyond a rate are counted only.

    Args:
        log: Where its lines are kept; nowhere when None.
    """

    def __init__(self, log: Optional[LineLog]) -> None:
        self._log = log
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._bytes = float(BURST_BYTES)
        self._lines = float(BURST_LINES)
        self._left_out = 0
        self._seen = 0.0

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, clean and bounded."""
        return tuple(short(plain(text), MAX_LINE) for text in self._tail)

    def begin(self) -> None:
        """Forget the last lines: those of the next process are to come."""
        self._tail.clear()

    def say(self, text: str) -> None:
        """Log a line of ours."""
        if self._log is not None:
            self._log.lines(SOURCE, (text,))

    async def take(self, lines: Lines) -> None:
        """Take lines, and wait for as long as they came too early."""
        now = trio.current_time()
        past = now - self._seen
        self._seen = now
        self._bytes = min(self._bytes + past * BYTES_PER_SECOND, BURST_BYTES) - sum(map(len, lines)) - len(lines)
        self._lines = min(self._lines + past * LINES_PER_SECOND, BURST_LINES)
        kept = int(min(len(lines), self._lines))
        self._lines -= kept
        self._tail.extend(text[: 2 * MAX_LINE] for text in lines[-TAIL_LINES:])
        self._write(lines[:kept])
        self._left_out += len(lines) - kept
        await trio.sleep(max(0.0, -self._bytes / BYTES_PER_SECOND))

    def _write(self, lines: Lines) -> None:
        """Log lines, after a word on those that were not."""
        if self._log is None or not lines:
            return
        if self._left_out:
            self.say(f"[{self._left_out} lines left out: too many at once]")
            self._left_out = 0
        self._log.lines(SOURCE, lines)
