"""Where the parts of a JSON text are, so that one of them can be changed and every other byte stays. Pure.

The text has to be valid JSON already: check it with `json.loads` first.
"""

import json
import re
from dataclasses import dataclass
from typing import Optional

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_KEY = re.compile(_STRING, re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^\s,\]}}]+", re.DOTALL)
_BRACKET = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)


@dataclass(frozen=True)
class Member:
    """One `"key": value` of an object.

    Attributes:
        key: The key, decoded.
        lead: The space between the `{` or `,` before it and the key.
        colon: What is between the key and the value.
        start: Where the value begins.
        end: Where it ends.
    """

    key: str
    lead: str
    colon: str
    start: int
    end: int


@dataclass(frozen=True)
class Object:
    """An object in a text.

    Attributes:
        start: Where its `{` is.
        end: Behind its `}`.
        members: In their order; a key may be there twice.
    """

    start: int
    end: int
    members: tuple[Member, ...]

    def last(self, key: str) -> Optional[Member]:
        """Return the member that counts: the last one by that key."""
        return next((member for member in reversed(self.members) if member.key == key), None)


def scan_object(text: str, start: int) -> Object:
    """Return where the members of the object are whose `{` is at `start`."""
    members: list[Member] = []
    at = start + 1
    while True:
        lead_end = _after_space(text, at)
        if text[lead_end] == "}":
            return Object(start, lead_end + 1, tuple(members))
        if text[lead_end] == ",":
            at = lead_end + 1
            continue
        members.append(_member(text, at, lead_end))
        at = members[-1].end


def first_of(text: str) -> int:
    """Return where the value of a whole text begins, behind a byte order mark and space."""
    return _after_space(text, 1 if text.startswith("\ufeff") else 0)


def _member(text: str, lead_start: int, key_start: int) -> Member:
    """Read one member."""
    key = _KEY.match(text, key_start)
    key_end = key.end() if key else key_start
    start = _after_space(text, _after_space(text, key_end) + 1)
    return Member(
        key=str(json.loads(text[key_start:key_end])),
        lead=text[lead_start:key_start],
        colon=text[key_end:start],
        start=start,
        end=_value_end(text, start),
    )


def _value_end(text: str, start: int) -> int:
    """Return where the value that begins at `start` ends."""
    if text[start] not in "[{":
        scalar = _SCALAR.match(text, start)
        return scalar.end() if scalar else start
    depth = 0
    for found in _BRACKET.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return found.end()
    return len(text)


def _after_space(text: str, at: int) -> int:
    """Return the first place from `at` on that is not space."""
    space = _SPACE.match(text, at)
    return space.end() if space else at
