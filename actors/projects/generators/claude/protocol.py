"""The words between the server and an agent's worker: JSON objects, one a line. Pure: it reads and writes nothing.

What a worker says comes from a process that speaks to the network, so all of it is checked here: nothing that is not
exactly one of the words gets past `parse`, and no line is longer than `MAX_LINE`. Fields that are not known are left
out, so that a worker may say more than its server understands.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Optional, Union, get_type_hints

from actors.projects.generators.claude.words import (
    MAX_LINE,
    Call,
    Close,
    Delta,
    Dropped,
    End,
    Exit,
    Fatal,
    Heard,
    Init,
    Interrupt,
    OfferedTool,
    Op,
    Prompt,
    ProtocolError,
    Ready,
    Result,
    Retried,
    Start,
    Text,
    Used,
)

__all__ = [
    "MAX_LINE",
    "Call",
    "Close",
    "Delta",
    "Dropped",
    "End",
    "Exit",
    "Fatal",
    "Heard",
    "Init",
    "Interrupt",
    "OfferedTool",
    "Op",
    "Prompt",
    "ProtocolError",
    "Ready",
    "Result",
    "Retried",
    "Start",
    "Text",
    "Used",
    "parse",
]

SHOWN = 200
"""Characters of a bad line that an error repeats."""

_WORDS: Mapping[str, type[Heard]] = {
    "ready": Ready,
    "init": Init,
    "delta": Delta,
    "text": Text,
    "call": Call,
    "dropped": Dropped,
    "usage": Used,
    "retry": Retried,
    "end": End,
    "fatal": Fatal,
}


def parse(line: Union[str, bytes]) -> Heard:
    """Understand one line of a worker.

    Args:
        line: With or without its end.

    Raises:
        ProtocolError: It is not one of the words.
    """
    said = _decode(line)
    word = said.get("say")
    kind = _WORDS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise ProtocolError(f"An agent's worker said a word that is not known: {_shown(word)}")
    fields: dict[str, Any] = {name: _checked(check, said, name) for name, check in _CHECKS[kind].items()}
    return kind(**fields)


def _decode(line: Union[str, bytes]) -> dict[str, Any]:
    """Return the object on a line."""
    if len(line) > MAX_LINE:
        raise ProtocolError(f"An agent's worker said a line of {len(line)} bytes: {MAX_LINE} are the most.")
    try:
        said = json.loads(line, parse_constant=_no_constant)
        if "\\ud" in (line if isinstance(line, str) else line.decode("utf-8", "replace")).lower():
            # Half of a pair is a character that cannot be written anywhere.
            said = json.loads(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise ProtocolError(f"An agent's worker said what is not JSON: {_shown(line)}") from None
    if not isinstance(said, dict):
        raise ProtocolError(f"An agent's worker said what is not an object: {_shown(line)}")
    return said


def _no_constant(name: str) -> None:
    """Refuse NaN and the infinities, which JSON does not have."""
    raise ValueError(name)


def _checked(check: Callable[[Any], Any], said: Mapping[str, Any], name: str) -> object:
    """Return one field of what was said, of the type that it has to have."""
    try:
        return check(said.get(name))
    except (TypeError, ValueError, OverflowError):
        raise ProtocolError(
            f"An agent's worker said {said['say']} with a bad {name}: {_shown(said.get(name))}"
        ) from None


def _shown(value: object) -> str:
    """Return the beginning of a value for an error."""
    text = repr(value[:SHOWN] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _text(value: object) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError
    return value


def _truth(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def _count(value: object) -> int:
    """Return a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    if not 0 <= value < 2**53:
        raise ValueError
    return value


def _amount(value: object) -> float:
    """Return a number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    if not (math.isfinite(value) and value >= 0):
        raise ValueError
    return float(value)


def _texts(value: object) -> tuple[str, ...]:
    """Return several texts."""
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(_text, value))


def _object(value: object) -> Mapping[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise TypeError
    return value


def _maybe(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a check that lets null through."""
    return lambda value: None if value is None else check(value)


_TYPES: Mapping[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _truth,
    int: _count,
    float: _amount,
    tuple[str, ...]: _texts,
    Mapping[str, Any]: _object,
    Optional[str]: _maybe(_text),
    Optional[int]: _maybe(_count),
    Optional[float]: _maybe(_amount),
}

_CHECKS: Mapping[type[Heard], Mapping[str, Callable[[Any], Any]]] = {
    kind: {name: _TYPES[hint] for name, hint in get_type_hints(kind).items()} for kind in _WORDS.values()
}
