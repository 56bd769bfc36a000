"""A process that prints a million lines, through to a subscriber: read, cut, and told.

What jobs, builds and projects print is told as far as people can read it, and of the rest how much there was: `shown`.
The peer and the floor send every line. Where Callboard does too, each line is in its journal before it is sent: `kept`.
"""

from functools import partial

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.load.clients import watching
from tests.bench.proc import Meter
from tests.bench.sides import CALLBOARD, FLOOR, PEER, Side

_LINES = 1_000_000
_MOST_GROWTH = 64 << 20
"""Bytes of memory that Callboard may take for it, however much is printed."""


def _printed(lines: int, ground: Ground, side: Side, number: int, *, kept: bool) -> Values:
    """Have a process print, until its end has come to the subscriber; every line has to be accounted for."""
    actor_id = f"job-bench-{number}"
    side.control("actor", actor_id)
    with watching(ground, side, actor_id, count=1, events=None) as watchers:
        meter = Meter(side.pid)
        side.control("print", actor_id, command=[str(ground.binary("lines")), str(lines)], kept=kept)
        found = watchers.finish()
        values = meter.read(lines)
    side.control("forget", actor_id)
    check(side, lines, found, values["growth"], kept=kept)
    return values


def check(side: Side, lines: int, found: Values, growth: float, *, kept: bool) -> None:
    """See that all was done, and within the bounds.

    Raises:
        RuntimeError: A line is missing that was not said to be left out; or Callboard grew with what was printed.
    """
    if found["lines"] + found["left_out"] != lines or (found["left_out"] and (kept or not side.ours)):
        raise RuntimeError(f"{side.name}: {lines} lines were printed, and this came: {found}")
    if side.ours and growth > _MOST_GROWTH:
        raise RuntimeError(f"{side.name} took {growth / (1 << 20):.0f} MiB for what was printed.")


def cases() -> list[Case]:
    """Those that people can read, and all."""
    about = f"a process that prints {_LINES:,} lines, until its end has come to a subscriber"
    kinds = {"shown": "as many told as people can read, the others counted", "kept": "each told"}
    return [
        Case(
            f"lines-{name}",
            f"{about}; with Callboard {how}",
            "a line",
            partial(_printed, _LINES, kept=name == "kept"),
            ("cpu", "family", "wall", "growth"),
            (CALLBOARD, PEER, FLOOR),
            "floor",
            handle=True,
            slow=True,
        )
        for name, how in kinds.items()
    ]
