"""Each threat is tried twice: the product stops it, and without what stops it the attacker gets what he wants."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import trio

from tests.threats.ground import open_ground
from tests.threats.table import AREAS, THREATS
from tests.threats.threat import Threat, Wall

pytestmark = pytest.mark.real

SECONDS = 120.0
"""For all tries; generous, because machines are busy."""


def cases() -> list[object]:
    """All rows, by area and name: `-k tokens` runs one area."""
    return [
        pytest.param(
            threat,
            id=f"{area}-{threat.name}".replace(" ", "-").lower(),
            marks=[pytest.mark.slow] if threat.slow else [],
        )
        for area, rows in AREAS.items()
        for threat in rows
    ]


@contextmanager
def without(walls: Iterable[Wall]) -> Iterator[None]:
    """Take all of these out for the length of a block."""
    with ExitStack() as stack:
        for wall in walls:
            stack.enter_context(wall.taken_out())
        yield


async def play(threat: Threat, directory: Path, tries: Sequence[Sequence[Wall]]) -> list[bool]:
    """Play a threat with these walls out, one try after the other; for each whether the attacker won."""
    won = []
    if threat.fresh:
        for number, out in enumerate(tries):
            with without(out):
                async with open_ground(directory / str(number), threat.settings, threat.tokens) as ground:
                    won.append(await threat.attack(ground))
        return won
    async with open_ground(directory / "all", threat.settings, threat.tokens) as ground:
        for out in tries:
            with without(out):
                won.append(await threat.attack(ground))
    return won


@pytest.mark.parametrize("threat", cases())
async def test_a_threat(threat: Threat, tmp_path: Path) -> None:
    """It is stopped; and by what the row says, since without that it is not, and by each of it where it says more."""
    if reason := threat.needs():
        pytest.skip(reason)
    alone = [[other for other in threat.walls if other is not wall] for wall in threat.walls] if threat.also else []
    with trio.fail_after(SECONDS), Wall(threat.small).taken_out():
        won_with, *won_with_one, won_without = await play(threat, tmp_path, [(), *alone, threat.walls])
    assert not won_with, f"{threat.name}: the attacker got what he wanted"
    for words, won in zip((threat.protection, *threat.also), won_with_one):
        assert not won, f"{threat.name}: alone, this does not stop it: {words}"
    assert won_without, f"{threat.name}: something else stops it, so that this proves nothing of {threat.stopped_by}"


def test_names_are_unique() -> None:
    """Each row can be told from the others, and run by itself."""
    assert len({threat.name for threat in THREATS}) == len(THREATS)


def test_places_are_told() -> None:
    """No row without something to take out."""
    assert all(wall.places for threat in THREATS for wall in threat.walls)
