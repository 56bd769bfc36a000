"""Every attack at every level that this machine offers; at L2 none wins, and each wins without what stops it."""

from pathlib import Path

import pytest

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.watchdog import Watchdog
from tests import needs
from tests.attacks.attacks import ATTACKS, Attack
from tests.attacks.attempt import attempt, expected_to_win
from tests.attacks.available import levels

pytestmark = [pytest.mark.real, pytest.mark.slow]

LEVELS = levels()


def cases(*, top_only: bool) -> list[object]:
    """Return the attacks and levels, named by both."""
    return [
        pytest.param(attack, level, id=f"L{level.value}-{attack.title}")
        for level in (LEVELS[:1] if top_only else LEVELS)
        for attack in ATTACKS
    ]


@pytest.mark.parametrize(("attack", "level"), cases(top_only=False))
async def test_attack(attack: Attack, level: Level, watchdog: Watchdog, directory: Path) -> None:
    """It ends as it is known to end at this level."""
    if reason := attack.needs():
        pytest.skip(reason)
    result = await attempt(attack, level, watchdog, directory)
    assert result.won == expected_to_win(attack, level), result


@pytest.mark.parametrize(("attack", "level"), cases(top_only=True))
async def test_without_its_wall(attack: Attack, level: Level, watchdog: Watchdog, directory: Path) -> None:
    """Without the wall that stops it, it wins: so it is that wall that stops it."""
    if LEVELS[0] < Level.L2:
        needs.missing("this machine has no L2: `callboard doctor` says why")
    if reason := attack.needs():
        pytest.skip(reason)
    result = await attempt(attack, level, watchdog, directory, walled=False)
    assert result.won, result
