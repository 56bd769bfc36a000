"""What an orchestrator answers to a command, in whichever shape: its exit code and its output. Pure.

The shape of the answer is not specified, so that everything is taken: NDJSON (`{"output": "one line"}` for each line,
and `{"exitCode": 0}` at the end), one JSON object, or plain text as it comes. Any 2xx counts as taken: what cannot be
read is no failure, and the exit code is None then.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Protocol

from actors.builds.outside import Executed, Line
from actors.processes.lines import MAX_LINE, LineSplitter

TAIL = 64 * 1024
"""Characters of output that are kept: its end."""

WHOLE = 8 * 1024 * 1024
"""Bytes of the largest JSON object that is read; a longer output has to be streamed."""

_JSON_LINE = 1024 * 1024
_CODES = ("exitCode", "exit_code", "code")
_NESTED = ("result", "data")
_DEPTH = 3


class Tail:
    """The end of an output, bounded.

    Args:
        size: Characters.
    """

    def __init__(self, size: int = TAIL) -> None:
        self._size = size
        self._lines: deque[str] = deque()
        self._length = 0
        self.whole = True

    def add(self, line: str) -> None:
        """Take a line, and let go of the oldest ones that there is no room for."""
        self._lines.append(line[-self._size :])
        self._length += len(self._lines[-1]) + 1
        self.whole = self.whole and len(line) <= self._size
        while self._length > self._size + 1:
            self._length -= len(self._lines.popleft()) + 1
            self.whole = False

    def __str__(self) -> str:
        """The lines that are kept."""
        return "\n".join(self._lines)


class Reader(Protocol):
    """Reads the body of one answer as it comes."""

    @property
    def done(self) -> bool:
        """True when the rest of the body does not matter."""

    @property
    def too_long(self) -> bool:
        """True when there is too much of it to be read."""

    def feed(self, chunk: bytes) -> None:
        """Take a part of the body."""

    def finish(self) -> Executed:
        """Say what came of the command, when there is no more."""


def open_reader(content_type: str, on_line: Line) -> Reader:
    """Find the reader for a kind of body.

    Args:
        content_type: As answered; may be empty.
        on_line: Is told each line of output as it comes.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _Whole(on_line)
    if "json" in kind:  # application/x-ndjson, application/jsonl, application/json-seq ...
        return _JsonLines(on_line)
    return _Text(on_line)


class _Text:
    """Reads plain text. A body that turns out to be one JSON object (sent as `text/html`, say) is read as that."""

    def __init__(self, on_line: Line) -> None:
        self._on_line = on_line
        self._splitter = LineSplitter()
        self._tail = Tail()
        self.done = self.too_long = False

    def feed(self, chunk: bytes) -> None:
        """Take a part of the body."""
        self._tell(self._splitter.feed(chunk))

    def finish(self) -> Executed:
        """Say what came of the command."""
        self._tell(self._splitter.finish())
        value = parse(str(self._tail)) if self._tail.whole else None
        return Executed(None, str(self._tail)) if value is None else executed(value)

    def _tell(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._tail.add(line)
            self._on_line(line)


class _JsonLines:
    """Reads a JSON object a line; a line that is none is output itself."""

    def __init__(self, on_line: Line) -> None:
        self._on_line = on_line
        self._splitter = LineSplitter(_JSON_LINE)
        self._tail = Tail()
        self._code: Optional[int] = None
        self.too_long = False

    @property
    def done(self) -> bool:
        """True when the exit code is known."""
        return self._code is not None

    def feed(self, chunk: bytes) -> None:
        """Take a part of the body."""
        for line in self._splitter.feed(chunk):
            self._take(line)

    def finish(self) -> Executed:
        """Say what came of the command."""
        # Who reads no further than to the exit code has half of the line behind it, perhaps.
        for line in () if self.done else self._splitter.finish():
            self._take(line)
        return Executed(self._code, str(self._tail))

    def _take(self, line: str) -> None:
        value = parse(line)
        if value is not None and self._code is None:
            self._code = exit_code(value)
        for text in (line if value is None else output(value)).splitlines():
            self._tail.add(text)
            self._on_line(text[:MAX_LINE])


class _Whole:
    """Reads one JSON object; where it is none, the body was streamed under a wrong name."""

    def __init__(self, on_line: Line) -> None:
        self._on_line = on_line
        self._body = bytearray()
        self.done = self.too_long = False

    def feed(self, chunk: bytes) -> None:
        """Take a part of the body."""
        self.done = self.too_long = len(self._body) + len(chunk) > WHOLE
        if not self.too_long:
            self._body += chunk

    def finish(self) -> Executed:
        """Say what came of the command."""
        value = parse(self._body.decode("utf-8", "replace"))
        if value is not None:
            return executed(value)
        lines = _JsonLines(self._on_line)
        lines.feed(bytes(self._body))
        return lines.finish()


def parse(text: str) -> Optional[Mapping[str, Any]]:
    """Read a JSON object; None where it is none."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def executed(value: Mapping[str, Any]) -> Executed:
    """Read an answer that is one object."""
    tail = Tail()
    for line in output(value).splitlines():
        tail.add(line)
    return Executed(exit_code(value), str(tail))


def exit_code(value: Mapping[str, Any]) -> Optional[int]:
    """Find the exit code of an answer, or of what is nested in it."""
    codes = (_whole_number(level.get(name)) for level in _levels(value) for name in _CODES)
    return next((code for code in codes if code is not None), None)


def output(value: Mapping[str, Any]) -> str:
    """Find the output of an answer, or of what is nested in it."""
    return next((text for text in map(_printed, _levels(value)) if text), "")


def _printed(level: Mapping[str, Any]) -> str:
    texts = [level[name] for name in ("output",) if isinstance(level.get(name), str)]
    texts = texts or [level[name] for name in ("stdout", "stderr") if isinstance(level.get(name), str)]
    return "\n".join(text[:-1] if text.endswith("\n") else text for text in texts if text)


def _levels(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An answer, and what is nested in it: no deeper than people nest, since the other side may not be one."""
    levels = found = [value]
    for _ in range(_DEPTH):
        found = [outer[name] for outer in found for name in _NESTED if isinstance(outer.get(name), dict)]
        levels = levels + found
    return levels


def _whole_number(value: object) -> Optional[int]:
    """Read a number that is one, or a text of one; True is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value) if isinstance(value, int) or len(value) < 12 else None
    except ValueError:
        return None
