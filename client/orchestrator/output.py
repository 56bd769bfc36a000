"""What commands print, kept within bounds."""

from collections import deque
from collections.abc import Callable, Iterable

_LINES = 500
_LINE = 2000
_TAIL = 256 * 1024


class LineLog:
    """The last lines that were printed in a workspace, numbered.

    Args:
        on_change: Called when there are more.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lines: deque[str] = deque(maxlen=_LINES)
        self.last = 0

    def add(self, lines: Iterable[str]) -> None:
        """Keep lines, each up to a bound."""
        for line in lines:
            self._lines.append(line[:_LINE])
            self.last += 1
        self._on_change()

    def after(self, number: int) -> list[str]:
        """Return the lines beyond a number, as far as they are kept."""
        wanted = min(self.last - number, len(self._lines))
        return list(self._lines)[len(self._lines) - wanted :] if wanted > 0 else []


class Tail:
    """The end of an output."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._cut = 0

    def add(self, chunk: bytes) -> None:
        """Keep a chunk, and let go of what is too long ago."""
        self._data += chunk
        over = len(self._data) - _TAIL
        if over > 0:
            del self._data[:over]
            self._cut += over

    @property
    def text(self) -> str:
        """What is kept, with a note of what is not."""
        note = f"[{self._cut} bytes cut]\n" if self._cut else ""
        return note + self._data.decode("utf-8", "replace")
