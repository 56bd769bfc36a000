"""What a piece of work is that is measured, and how it is: each side in turn, round by round."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Optional

from tests.bench.disk import calm
from tests.bench.figures import Result, Values
from tests.bench.ground import Ground
from tests.bench.sides import CALLBOARD, PEER, Side, open_side

logger = logging.getLogger(__name__)

_OWN_DESCRIPTORS = 200
"""Those that a server has open beside its connections, and some to spare."""

Measure = Callable[[Ground, Side, int], Values]
"""Does the work once, checks that it was done, and says what it cost; the number is another one each time."""


@dataclass(frozen=True)
class Case:
    """A piece of work.

    Attributes:
        name: What it is asked for by.
        about: What is done, in words.
        unit: What times are for one of.
        measure: Does it.
        tells: The figures that the table has; the others are in the JSON.
        sides: Who does it.
        floor: What does the least that is needed for it, when that is one of the sides: see `Ground.programs`.
        handle: Callboard makes events when it is asked to.
        fresh: Each round has servers of its own.
        servers: The sides are servers; else `measure` runs a program by itself.
        size: How much of it there is, for work that is measured as it grows.
        settings: Of Callboard.
        slow: It is done only when everything is asked for, or this.
        connections: How many it has open at once.
    """

    name: str
    about: str
    unit: str
    measure: Measure
    tells: tuple[str, ...]
    sides: tuple[str, ...] = (CALLBOARD, PEER)
    floor: str = ""
    handle: bool = False
    fresh: bool = False
    servers: bool = True
    size: Optional[int] = None
    settings: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False
    connections: int = 0

    @property
    def descriptors(self) -> int:
        """How many files a process has to have open at once: a server, and what connects to it."""
        return self.connections + _OWN_DESCRIPTORS if self.connections else 0


def run_case(case: Case, ground: Ground) -> Result:
    """Measure a piece of work; what the first, uncounted round finds is for warmth."""
    result = Result(case.name, case.about, case.unit, case.tells, {side: [] for side in case.sides}, case.size)
    with ExitStack() as stack:
        opened = (
            {} if case.fresh else {name: stack.enter_context(_opened(case, ground, name, 0)) for name in case.sides}
        )
        if not case.fresh:
            for side in opened.values():
                case.measure(ground, side, 0)
        for number in range(1, ground.rounds + 1):
            # Who comes first changes, so that nobody always finds the machine as another has left it.
            for name in case.sides[:: 1 if number % 2 else -1]:
                with ExitStack() as one:
                    side = opened[name] if opened else one.enter_context(_opened(case, ground, name, number))
                    values = case.measure(ground, side, number)
                result.rounds[name].append(values)
                logger.debug("%s, %s, round %d: %s", case.name, name, number, values)
    return result


@contextmanager
def _opened(case: Case, ground: Ground, name: str, number: int) -> Iterator[Side]:
    # What was removed nearby, by whomever, is no part of what is measured.
    folder = calm(ground.folder, f"{case.name}-{name.replace(', ', '-').replace(' ', '-')}-{number}") / "kept"
    if not case.servers:
        yield Side(name, folder, 0, 0)
        return
    with open_side(name, folder, ground.programs(case.floor), handle=case.handle, settings=case.settings) as side:
        yield side
