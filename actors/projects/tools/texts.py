"""Texts for a model to read, and JSON for an event: bounded, and clean."""

import json
import re
from collections.abc import Mapping
from typing import Any

MAX_TEXT = 30_000
MAX_EVENT = 4_000
MAX_STRING = 500
MAX_ITEMS = 32
MAX_DEPTH = 4
HEAD = 0.6

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def clean(text: str) -> str:
    """Return `text` as it can be encoded: lone surrogates, as in names that are not UTF-8, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def plain(text: str) -> str:
    """Return what a program printed, without colours, cursor movements and control characters."""
    return clean(_CONTROL.sub("", _ESCAPES.sub("", text)))


def bounded(text: str, rest: str, limit: int = MAX_TEXT) -> tuple[str, bool]:
    """Return the beginning and the end of a text that is too long.

    Args:
        text: The text.
        rest: How to get at what is cut, as a clause.
        limit: Characters, a few for the note aside.

    Returns:
        The text, and whether something was cut.
    """
    if len(text) <= limit:
        return text, False
    head = int(limit * HEAD)
    tail = limit - head
    return f"{text[:head]}\n[{len(text) - limit} characters cut; {rest}]\n{text[-tail:]}", True


def short(text: str, limit: int = MAX_STRING) -> str:
    """Return the beginning of a text, with how much more there was."""
    return text if len(text) <= limit else f"{text[:limit]} [{len(text) - limit} characters cut]"


def for_event(value: Any) -> Any:  # noqa: ANN401 - JSON of any kind, or what was meant to be
    """Return JSON that is like `value`, bounded whatever that is."""
    return _Shortener(MAX_EVENT).shorten(value, MAX_DEPTH)


class _Shortener:
    """Copies JSON until its room is used up.

    Args:
        room: Characters of all strings.
    """

    def __init__(self, room: int) -> None:
        self._room = room

    def shorten(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - as above
        """Return a copy of `value`, as far as there is room."""
        if value is None or isinstance(value, (bool, float)):
            return value if value == value and value not in (float("inf"), float("-inf")) else None
        if isinstance(value, int) and abs(value) < 2**53:
            return value
        if isinstance(value, Mapping) and depth:
            items = list(value.items())[:MAX_ITEMS]
            return {self._text(str(key)): self.shorten(item, depth - 1) for key, item in items if self._room > 0}
        if isinstance(value, (list, tuple)) and depth:
            return [self.shorten(item, depth - 1) for item in value[:MAX_ITEMS] if self._room > 0]
        return self._text(value if isinstance(value, str) else f"[{type(value).__name__}]")

    def _text(self, text: str) -> str:
        """Return a string, and use up its room."""
        kept = clean(short(text, max(0, min(MAX_STRING, self._room))))
        self._room -= len(kept) + 1
        return kept


def canonical(value: Mapping[str, Any]) -> str:
    """Return JSON that is the same for what is equal."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True)
