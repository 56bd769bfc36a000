"""The translator: what a pipeline prints becomes messages with a type, and shows which step has begun.

A line that says that something went wrong becomes a `warning`, never an `error`: whoever reads takes an `error` for the
build's last word, and a pipeline often goes on after one (it retries, or leaves a stage out). The build itself says
`error`, once, when it is over.

Contents are the pipeline's own words, its emoji and prefixes included; only what a terminal needs is taken out.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Optional

from actors.builds.base import STATUS, WARNING, Said
from actors.builds.translate.kinds import TRACEBACK, Kind, recognise
from actors.builds.translate.repeats import Bars, Beats
from actors.builds.translate.steps import Steps
from actors.builds.translate.structured import read_message
from actors.builds.translate.text import as_content, clean, is_decoration

MAX_KNOWN = 2_500
"""Messages of one run that come from lines of a known kind."""

MAX_PLAIN = 2_000
"""Messages of one run that come from all other lines."""

MAX_FRAMES = 500
"""Lines of the longest traceback: what comes later is read as usual."""

KNOWN, PLAIN = "known", "plain"
FLOOD = "The pipeline prints very much: not all of it is shown from here on. Its log has the rest."
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


class Translator:
    """Takes lines in order, in pieces of any size, and returns what is to be said about them.

    Args:
        known: Messages from lines of a known kind, at most.
        plain: Messages from other lines, at most. The first message over either bound says so; steps are always told.
    """

    def __init__(self, *, known: int = MAX_KNOWN, plain: int = MAX_PLAIN) -> None:
        self.steps = Steps()
        self._room = {KNOWN: known, PLAIN: plain}
        self._told_flood = False
        self._beats = Beats()
        self._bars = Bars()
        self._last = ""
        self._frames: Optional[int] = None
        self._frame = ""
        self._cost: Optional[Decimal] = None

    @property
    def cost(self) -> Optional[float]:
        """Dollars of all agents that said what they cost; None when none did."""
        return None if self._cost is None else float(self._cost)

    def take(self, lines: Sequence[str]) -> list[Said]:
        """Return what the next lines say, in order."""
        return [said for line in lines for said in [self._line(line)] if said is not None]

    def finish(self) -> list[Said]:
        """Return what is left to say when there is no more: where a traceback was cut off."""
        cut = self._frames is not None and self._frame
        self._frames = None
        return [Said(WARNING, as_content(f"{TRACEBACK} {self._frame}"))] if cut else []

    def _line(self, line: str) -> Optional[Said]:
        """Return what one line says, None for nothing."""
        text = clean(line)
        body = text.strip()
        if not body:
            return None
        if self._frames is not None and self._within_traceback(text, body):
            return None
        if self._frames is not None:
            self._frames = None
            return self._told(Kind(WARNING), body)
        if TRACEBACK in body[:200] or body.startswith(_CHAINED):
            self._frames, self._frame = 0, ""
            return None
        if body == self._last or is_decoration(body) or _is_script_frame(text, body):
            return None
        self._last = body
        message = read_message(body)
        if message is not None:
            return self._told(Kind(message[0]), clean(message[1]))
        return self._said(body)

    def _said(self, body: str) -> Optional[Said]:
        """Return what a line in the pipeline's own words says."""
        kind = recognise(body)
        if kind is None:
            return self._plain(body)
        self._bars.clear()
        if kind.cost:
            self._cost = (self._cost or Decimal(0)) + Decimal(kind.cost)
        if kind.beat is not None and not self._beats.passes(kind.subject, kind.beat):
            return self._only_step(kind)
        return self._told(kind, body)

    def _plain(self, body: str) -> Optional[Said]:
        """Relay a line of no known kind."""
        return None if self._bars.passes(body) is False else self._bounded(PLAIN, Said(STATUS, as_content(body)))

    def _told(self, kind: Kind, body: str) -> Optional[Said]:
        """Return the message for a line of a known kind."""
        content = as_content(body)
        step = self.steps.shown(kind.subject)
        said = Said(kind.type, content, step)
        return said if step is not None else self._bounded(KNOWN, said) if content else None

    def _only_step(self, kind: Kind) -> Optional[Said]:
        """Return the step that a line shows which is not worth a message."""
        step = self.steps.shown(kind.subject)
        return None if step is None else Said(STATUS, "", step)

    def _bounded(self, room: str, said: Said) -> Optional[Said]:
        """Return a message while there is room for its kind; the first without is replaced by a note."""
        if self._room[room] > 0:
            self._room[room] -= 1
            return said
        if self._told_flood:
            return None
        self._told_flood = True
        return Said(WARNING, FLOOD)

    def _within_traceback(self, text: str, body: str) -> bool:
        """Whether a line is one of a traceback's frames, which the log has and nobody else needs."""
        self._frames = (self._frames or 0) + 1
        if self._frames > MAX_FRAMES:
            return False
        if text[0] == " ":
            self._frame = body
            return True
        return body == TRACEBACK or body.startswith(_CHAINED)


def _is_script_frame(text: str, body: str) -> bool:
    """Whether a line is a frame of JavaScript's traces, which follow the line that says what went wrong."""
    return text[0] == " " and body.startswith("at ") and ":" in body
