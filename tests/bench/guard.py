"""Whether Callboard is as far ahead as it was: a few quick cases, whose ratios must not be under their floors.

A miss is measured again with more rounds, which alone decide: what was noise is then gone, and what is slower is not.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Optional, Protocol

from tests.bench.figures import OURS, Result, ratio, shown
from tests.bench.floors import Floor

logger = logging.getLogger(__name__)

ROUNDS = 3
"""Of each case at first."""

AGAIN = 7
"""Of a case that missed a floor; odd as well, so that the median is one that was measured."""


class Measure(Protocol):
    """How cases are measured."""

    def __call__(self, cases: Mapping[str, Sequence[str]], rounds: int) -> Mapping[str, Result]:
        """Measure cases, each beside the sides that it names; what cannot be measured is not in the answer."""


def guard(floors: Sequence[Floor], measure: Measure) -> list[str]:
    """Measure what there are floors for.

    Args:
        floors: The table.
        measure: How it is measured.

    Returns:
        What is wrong, a sentence or two for each floor that was missed twice; empty when all is well.
    """
    first = measure(_cases(floors), ROUNDS)
    missed = [floor for floor in floors if not _met(floor, first.get(floor.case))]
    if not missed:
        return []
    logger.warning("Measured again, with %d rounds: %s.", AGAIN, ", ".join(_cases(missed)))
    again = measure(_cases(missed), AGAIN)
    found = ((floor, again.get(floor.case)) for floor in missed)
    return [_words(floor, first.get(floor.case), last) for floor, last in found if not _met(floor, last)]


def _cases(floors: Sequence[Floor]) -> dict[str, list[str]]:
    """The cases of some floors, in order, each with the sides that it is compared with."""
    found: dict[str, list[str]] = {}
    for floor in floors:
        sides = found.setdefault(floor.case, [])
        sides += [] if floor.side in sides else [floor.side]
    return found


def _met(floor: Floor, result: Optional[Result]) -> bool:
    """Say how a ratio stands to its floor."""
    if result is None:
        return False
    reached = ratio(result.ratios(floor.side, floor.figure)).median
    logger.info(
        "%s, %s by %s: %.2f, floor %.2f%s",
        *(floor.case, floor.figure, floor.side, reached, floor.ratio, "" if reached >= floor.ratio else "  MISSED"),
    )
    return reached >= floor.ratio


def _words(floor: Floor, first: Optional[Result], last: Optional[Result]) -> str:
    """What is wrong, and what to do."""
    if last is None:
        return f"{floor.case} could not be measured: see above."
    rounds = [result for result in (first, last) if result is not None]
    said = ", then ".join(
        " ".join(f"{one:.2f}" for one in result.ratios(floor.side, floor.figure)) for result in rounds
    )
    theirs, ours = (shown(floor.figure, last.median(side, floor.figure)) for side in (floor.side, OURS))
    reached = ratio(last.ratios(floor.side, floor.figure)).median
    return (
        f"{floor.case}: the {floor.figure} of {floor.side} by Callboard's is {reached:.2f}, "
        f"and has to be {floor.ratio:.2f} at least ({floor.side} {theirs}, Callboard {ours}; rounds: {said}). "
        f"Callboard has become slower, or {floor.side} faster. Compare with a commit before: "
        f"./run bench {floor.case} --rounds {AGAIN} --verbose. What cannot be mended, for a good reason, "
        "gets a lower floor in tests/bench/floors.py."
    )
