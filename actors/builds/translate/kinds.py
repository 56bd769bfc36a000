r"""What kind of line it is: patterns over the beginning of a line, each linear in it.

Every repetition is bounded, or followed by nothing that it could give back to.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from actors.builds.base import ACTION, ASSISTANT, STATUS, SUCCESS, WARNING

HEAD = 400
"""Characters of a line that are looked at."""

TRACEBACK = "Traceback (most recent call last):"

_TIME = re.compile(
    r"[\[(]?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?[\])]?[\s|:-]{1,8}"
)
_LOGGED = re.compile(
    r"(?:[\w.]{1,80} - |\[[\w.]{1,80}\] ?)?"
    r"[\[(]?(DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL)\b[\])]?(?::[\w.]{1,80}:|[\s:|-]{0,8})\s{0,8}"
)
_LEVELS = frozenset({"WARNING", "WARN", "ERROR", "CRITICAL", "FATAL"})


@dataclass(frozen=True)
class Kind:
    """What was recognised.

    Attributes:
        type: The message's type.
        subject: The words that may show a step; empty when the line shows none.
        cost: Dollars, as they are written.
        beat: Seconds that a heartbeat tells; None for other lines.
    """

    type: str
    subject: str = ""
    cost: str = ""
    beat: Optional[float] = None


def _complete(match: "re.Match[str]") -> Kind:
    """An agent is done: what it cost, where it says so."""
    return Kind(SUCCESS, cost=(match["cost"] or "").replace(",", ""))


def _stage(match: "re.Match[str]") -> Kind:
    """A numbered stage: begins, unless it says that it is over."""
    over = re.search(r"\b(complete|completed|done|finished|skipped|failed)\b", match["who"], re.IGNORECASE)
    return Kind(STATUS) if over else Kind(ACTION, match["who"])


_Table = tuple[tuple["re.Pattern[str]", Callable[["re.Match[str]"], Kind]], ...]

_SAYINGS: _Table = (
    (
        re.compile(r"\[HEARTBEAT\]\s{0,8}(?P<who>.{1,120}?) active for\s{1,8}(?P<beat>\d{1,9}(?:\.\d{1,9})?)\s?s\b"),
        lambda match: Kind(STATUS, match["who"], beat=float(match["beat"])),
    ),
    (
        re.compile("(?:\U0001f916\\s{0,8})?(?P<who>.{1,120}?)\\s?:\\s{0,8}Starting\\b"),
        lambda match: Kind(ACTION, match["who"]),
    ),
    (
        re.compile("(?:\U0001f916|\U0001f680)\\s{0,8}Starting (?P<who>.{1,120})"),
        lambda match: Kind(ACTION, match["who"]),
    ),
    (
        re.compile(
            "\u2705\\s{0,8}.{1,120}? completed?\\b(?:.{0,20}?Cost: ?\\$ ?(?P<cost>[\\d,]{1,12}(?:\\.\\d{1,12})?))?"
        ),
        _complete,
    ),
)
"""What the pipeline is known to print; wins over the level that a log gives it."""

_SPELLINGS: _Table = (
    (re.compile(r"(?i)\W{0,4}(?:[\w ]{1,60}? )?critics?\b.{0,60}\d"), lambda _: Kind(STATUS)),
    (
        re.compile(
            r"(?i).{0,60}?\b(?P<who>(?:\w{1,40} )?writer)\b.{0,40}?\b(?:iteration|attempt|round|pass|revision|draft)\b"
        ),
        lambda match: Kind(ACTION, match["who"]),
    ),
    (
        re.compile(r"(?i)\W{0,4}(?:iteration|round)\s?#?\d{1,4}\b.{0,40}?\b(?P<who>writer|critic)?"),
        lambda match: Kind(ACTION, match["who"] or ""),
    ),
    (
        re.compile(
            r"(?i)\W{0,4}(?:starting )?(?:stage|phase)\s?\d{1,3}(?:\.\d)?(?: ?/ ?\d{1,3}| of \d{1,3})?"
            r"\s?[:\u2013\u2014-]\s?(?P<who>.{1,120})"
        ),
        _stage,
    ),
    (re.compile(r"(?i)\W{0,4}(?:using tool|tool(?: use| call)?)\s?:"), lambda _: Kind(ACTION)),
    (re.compile(r"(?i)\W{0,4}(?:\[assistant\]|(?:assistant|claude|ai)\s?:)"), lambda _: Kind(ASSISTANT)),
    (
        re.compile(r"(?i)(?:\w{1,20} ){0,3}[\w.]{0,80}(?:error|exception|warning)\s?(?:\[[\w.-]{1,40}\])?:"),
        lambda _: Kind(WARNING),
    ),
    (re.compile(r"\S{1,300}:\d{1,6}: \w{0,60}Warning:"), lambda _: Kind(WARNING)),
    (re.compile("(?i)npm (?:err!|error|warn)|(?:fatal|failed)\\b|\\W{0,4}[\u274c\u26a0]"), lambda _: Kind(WARNING)),
    (re.compile("\\W{0,4}[\u2705\u2714\u2713]"), lambda _: Kind(SUCCESS)),
)
"""Likely spellings of other things; a log's level, where there is one, comes first."""


def recognise(text: str) -> Optional[Kind]:
    """Return what kind of line this is, None for one that is just relayed.

    Args:
        text: A clean line, without blanks at its ends.
    """
    head = text[:HEAD]
    timed = _TIME.match(head)
    head = head[timed.end() :] if timed else head
    logged = _LOGGED.match(head)
    said = head[logged.end() :] if logged else head
    kind = _first(_SAYINGS, said)
    if kind is None and logged is not None and logged[1] in _LEVELS:
        kind = Kind(WARNING)
    return kind or _first(_SPELLINGS, said)


def _first(table: _Table, text: str) -> Optional[Kind]:
    """Return what the first pattern that fits makes of a line."""
    for pattern, make in table:
        match = pattern.match(text)
        if match is not None:
            return make(match)
    return None
