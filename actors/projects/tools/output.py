"""What a command prints, as events while it runs: gathered, and bounded."""

import trio

from actors.projects.tools.base import ToolContext, ToolEvent
from actors.projects.tools.texts import plain, short

PERIOD = 0.2
MAX_BATCH = 8_000
MAX_ALL = 64_000
MAX_LINE = 1_000


class OutputEvents:
    """Turns lines into `log` events, several lines in each, and at last says how many it left out.

    Args:
        context: Where the events go.
        tool: Who runs the command.
    """

    def __init__(self, context: ToolContext, tool: str) -> None:
        self._emit = context.emit
        self._tool = tool
        self._lines: list[str] = []
        self._gathered = 0
        self._room = MAX_ALL
        self._left_out = 0
        self._due = trio.current_time()

    def line(self, text: str) -> None:
        """Take in a line."""
        shown = short(plain(text[: 4 * MAX_LINE]), MAX_LINE)
        self._room -= len(shown) + 1
        if self._room < 0:
            self._left_out += 1
            return
        self._lines.append(shown)
        self._gathered += len(shown) + 1
        if trio.current_time() >= self._due or self._gathered >= MAX_BATCH:
            self._flush()

    def end(self) -> None:
        """Emit what is left."""
        if self._left_out:
            self._lines.append(f"[{self._left_out} more lines are not shown here]")
        if self._lines:
            self._flush()

    def _flush(self) -> None:
        """Emit what was gathered."""
        message = "\n".join(self._lines)
        self._emit(ToolEvent("log", {"level": "info", "source": self._tool, "message": message}))
        self._lines.clear()
        self._gathered = 0
        self._due = trio.current_time() + PERIOD
