"""Each threat is tried twice: the product stops it, and without what stops it the attacker gets what he wants."""

from pathlib import Path

import pytest
import trio

from tests.threats.ground import open_ground
from tests.threats.table import AREAS, THREATS
from tests.threats.threat import Threat

pytestmark = pytest.mark.real

SECONDS = 120.0
"""For both tries; generous, because machines are busy."""


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


@pytest.mark.parametrize("threat", cases())
async def test_a_threat(threat: Threat, tmp_path: Path) -> None:
    """It is stopped; and by what the row says, since without that it is not."""
    if reason := threat.needs():
        pytest.skip(reason)
    with trio.fail_after(SECONDS):
        async with open_ground(tmp_path / "walled", threat.settings, threat.tokens) as ground:
            won_with = await threat.attack(ground)
            if not threat.fresh:
                with threat.wall.taken_out():
                    won_without = await threat.attack(ground)
        if threat.fresh:
            with threat.wall.taken_out():
                async with open_ground(tmp_path / "open", threat.settings, threat.tokens) as ground:
                    won_without = await threat.attack(ground)
    assert not won_with, f"{threat.name}: the attacker got what he wanted"
    assert won_without, f"{threat.name}: something else stops it, so that this proves nothing of {threat.protection}"


def test_names_are_unique() -> None:
    """Each row can be told from the others, and run by itself."""
    assert len({threat.name for threat in THREATS}) == len(THREATS)


def test_places_are_told() -> None:
    """No row without something to take out."""
    assert all(threat.wall.places for threat in THREATS)
