"""What a run uses is told as differences, and added up."""

from pathlib import Path

import trio
from trio.testing import MockClock

from actors.projects.generators.base import Report, Usage
from actors.projects.generators.claude.budget import Budget, Spent
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.meter import PRICE, Meter
from actors.projects.generators.claude.words import End, Used

PROJECT = Budget(turns=10, tokens=10_000, cost_usd=1.0, seconds=100.0)
DAY = Budget(turns=1000, tokens=15_000, cost_usd=1.5, seconds=10_000.0)


def used(number: int) -> Used:
    """An answer of the model."""
    return Used(f"msg_{number}", "a-model", 100, 2000, 30, 4)


def end(cost: float) -> End:
    """The end of a prompt."""
    return End(False, "success", 1, cost, None, None, "completed", "")


def usages(told: list[Report]) -> list[Usage]:
    """What was told of it."""
    return [each for each in told if isinstance(each, Usage)]


async def test_differences(tmp_path: Path, mock_clock: MockClock) -> None:
    """Of what the worker counts up; the project had used something before."""
    told: list[Report] = []
    ledger = Ledger(tmp_path / "spent.json")
    meter = Meter(told.append, ledger, Spent(2, 500, 0.25, 10.0), PROJECT, DAY)
    mock_clock.jump(3.0)
    await meter.used(used(1))
    assert meter.spent == Spent(3, 2634, 0.25, 13.0)
    await meter.ended(end(0.25))
    mock_clock.jump(1.0)
    await meter.ended(end(0.375))
    assert meter.spent == Spent(3, 2634, 0.625, 14.0)
    assert usages(told) == [
        Usage(100, 4, 0.0, "a-model", turns=1, seconds=3.0, cached_tokens=2030),
        Usage(0, 0, 0.25, None),
        Usage(0, 0, 0.125, None, seconds=1.0),
    ]
    assert ledger.spent() == Spent(1, 2134, 0.375, 4.0)
    assert meter.left == Budget(7, 7366, 0.375, 86.0)


async def test_what_nobody_told_the_cost_of(tmp_path: Path, mock_clock: MockClock) -> None:
    """It is reckoned, with caution; time is counted in any case, and nothing twice."""
    told: list[Report] = []
    ledger = Ledger(tmp_path / "spent.json")
    meter = Meter(told.append, ledger, Spent(), PROJECT, DAY)
    await meter.used(used(1))
    mock_clock.jump(2.0)
    assert await meter.close() == 2134 * PRICE
    assert await meter.close() == 0.0
    assert ledger.spent() == Spent(1, 2134, 2134 * PRICE, 2.0)
    dear = Meter(told.append, ledger, Spent(1, 1000, 1.0, 0.0), PROJECT, DAY)
    await dear.used(used(1))
    assert await dear.close() == 2.134


async def test_budgets_are_reached(tmp_path: Path, mock_clock: MockClock) -> None:
    """The project's, and the day's, which all projects share."""
    ledger = Ledger(tmp_path / "spent.json")
    one, two = (Meter(lambda _report: None, ledger, Spent(), PROJECT, DAY) for _ in range(2))
    for number in range(4):
        assert one.reached is None
        await one.used(used(number))
    assert one.reached is None
    await one.used(used(4))
    assert one.reached is not None
    assert one.reached.name == "tokens"
    assert (two.reached, two.day_reached) == (None, None)
    assert two.left.tokens == 15_000 - 5 * 2134
    for number in range(3):
        await two.used(used(number))
    assert two.reached is None
    assert two.day_reached is not None
    third = Meter(lambda _report: None, Ledger(tmp_path / "other.json"), Spent(), PROJECT, DAY)
    mock_clock.jump(100.0)
    assert third.reached is not None
    assert third.reached.name == "seconds"
    await trio.lowlevel.checkpoint()
