"""What the child process says, one JSON object a line, and how it is read. Pure.

The child runs native code over files that strangers sent, so its words are checked like anyone's: types, ranges and
lengths. A line is one of:

- `{"type": "progress", "stage": "pairs", "fraction": 0.25, "done": 3, "total": 15}` (the counts may be missing)
- `{"type": "log", "level": "info", "message": "…"}`
- `{"type": "result", "metadata": {…}}`, then nothing more
- `{"type": "error", "code": "too_few_photos", "problem": "…", "hint": "…"}`, then nothing more
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

from actors.jobs.engines.base import Log, Progress

MAX_LINE = 64 * 1024
MAX_TEXT = 2000
MAX_COUNT = 10**9
MAX_FACTS = 64
LARGEST = 1e18
LEVELS = frozenset({"debug", "info", "warning", "error"})
WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")


class ProtocolError(ValueError):
    """The child said something that the protocol does not know."""


@dataclass(frozen=True)
class Result:
    """The child made a model.

    Attributes:
        metadata: Its facts: names to numbers, texts, truth values, or lists of numbers.
    """

    metadata: dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """The child could not make a model.

    Attributes:
        code: A stable word.
        problem: What failed.
        hint: What to do next.
    """

    code: str
    problem: str
    hint: str


Message = Union[Progress, Log, Result, Failure]


class LineSplitter:
    """Bytes in, whole lines out; what waits for its end is bounded."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that are complete now, without their ends.

        Raises:
            ProtocolError: A line is longer than `MAX_LINE`.
        """
        *lines, self._waiting = (self._waiting + chunk).split(b"\n")
        yield from lines
        if len(self._waiting) > MAX_LINE:
            raise ProtocolError(f"a line is longer than {MAX_LINE} bytes")


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A text, cut to what a person would read."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise ProtocolError(f"{name} is not a text")
    return value if len(value) <= MAX_TEXT else f"{value[: MAX_TEXT - 1]}…"


def _word(fields: Mapping[str, Any], name: str) -> str:
    """A word in snake case."""
    value = fields.get(name)
    if not isinstance(value, str) or not WORD.fullmatch(value):
        raise ProtocolError(f"{name} is not a word in snake case")
    return value


def _count(fields: Mapping[str, Any], name: str) -> Optional[int]:
    """A count that may be missing."""
    value: Optional[int] = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise ProtocolError(f"{name} is not a count")
    return value


def _is_number(value: object) -> bool:
    """Whether it is a number that JSON can carry on: `1e999` is read as infinity, which it cannot."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_fact(value: object) -> bool:
    """Whether it may stand in the metadata."""
    if isinstance(value, list):
        return len(value) <= MAX_FACTS and all(_is_number(item) for item in value)
    return value is None or isinstance(value, (str, bool)) or _is_number(value)


def _progress(fields: Mapping[str, Any]) -> Progress:
    """A line of type progress."""
    fraction = fields.get("fraction")
    if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 <= fraction <= 1:
        raise ProtocolError("fraction is not a number from 0 to 1")
    return Progress(_word(fields, "stage"), float(fraction), _count(fields, "done"), _count(fields, "total"))


def _log(fields: Mapping[str, Any]) -> Log:
    """A line of type log."""
    level = fields.get("level")
    if not isinstance(level, str) or level not in LEVELS:
        raise ProtocolError("level is not one that is known")
    return Log(level, _text(fields, "message"))


def _result(fields: Mapping[str, Any]) -> Result:
    """A line of type result."""
    metadata = fields.get("metadata")
    if not isinstance(metadata, dict) or len(metadata) > MAX_FACTS:
        raise ProtocolError("metadata is not an object of bounded size")
    if not all(WORD.fullmatch(name) and _is_fact(value) for name, value in metadata.items()):
        raise ProtocolError("metadata holds something else than plain facts")
    return Result(metadata)


def _failure(fields: Mapping[str, Any]) -> Failure:
    """A line of type error."""
    return Failure(_word(fields, "code"), _text(fields, "problem"), _text(fields, "hint"))


READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "progress": _progress,
    "log": _log,
    "result": _result,
    "error": _failure,
}


def _refuse_constant(name: str) -> float:
    """NaN and the infinities are no JSON, though the library reads them."""
    raise ProtocolError(f"{name} is not JSON")


def parse_line(line: bytes) -> Message:
    """What one line says.

    Raises:
        ProtocolError: It is not a message of this protocol; the text says why.
    """
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a line is longer than {MAX_LINE} bytes")
    try:
        fields = json.loads(line, parse_constant=_refuse_constant)
    except ProtocolError:
        raise
    except (ValueError, RecursionError):
        raise ProtocolError("a line is not JSON") from None
    kind = fields.get("type") if isinstance(fields, dict) else None
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ProtocolError("a line has no type that is known")
    return reader(fields)
