"""What a run uses is told as differences, and added up."""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import trio
from trio.testing import MockClock

from actors.projects.generators.base import Report, Usage
from actors.projects.generators.claude.budget import Budget, Spent
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.meter import Meter
from actors.projects.generators.claude.prices import estimate
from actors.projects.generators.claude.words import End, Used

PROJECT = Budget(turns=10, tokens=10_000, cost_usd=1.0, seconds=100.0)
DAY = Budget(turns=1000, tokens=15_000, cost_usd=5.0, seconds=10_000.0)


def used(number: int) -> Used:
    """An answer of the model."""
    return Used(f"msg_{number}", "a-model", 100, 2000, 30, 4)


Amount = TypeVar("Amount", Spent, Budget)

GUESS = estimate(used(1))


def end(cost: float) -> End:
    """The end of a prompt."""
    return End(False, "success", 1, cost, None, None, "completed", "")


def tidy(amount: Amount) -> Amount:
    """An amount whose dollars were added up, without what floats add to that."""
    return replace(amount, cost_usd=round(amount.cost_usd, 9))


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
    assert meter.spent == Spent(3, 2634, 0.25 + GUESS, 13.0)
    await meter.ended(end(0.25))
    mock_clock.jump(1.0)
    await meter.ended(end(0.375))
    assert tidy(meter.spent) == Spent(3, 2634, 0.625, 14.0)
    assert usages(told) == [
        Usage(100, 4, GUESS, "a-model", turns=1, seconds=3.0, cached_tokens=2030),
        Usage(0, 0, 0.25 - GUESS, None),
        Usage(0, 0, 0.125, None, seconds=1.0),
    ]
    assert tidy(ledger.spent()) == Spent(1, 2134, 0.375, 4.0)
    assert tidy(meter.left) == Budget(7, 7366, 0.375, 86.0)


async def test_what_the_conversation_had_cost_is_no_news(tmp_path: Path, mock_clock: MockClock) -> None:
    """A worker counts on from there."""
    ledger = Ledger(tmp_path / "spent.json")
    meter = Meter(lambda _report: None, ledger, Spent(1, 10, 0.25, 0.0), PROJECT, DAY, 0.25)
    await meter.ended(end(0.375))
    assert (meter.spent.cost_usd, ledger.spent().cost_usd) == (0.375, 0.125)


async def test_what_nobody_told_the_cost_of(tmp_path: Path, mock_clock: MockClock) -> None:
    """The estimate stays, and is said once; time is counted in any case."""
    told: list[Report] = []
    ledger = Ledger(tmp_path / "spent.json")
    meter = Meter(told.append, ledger, Spent(), PROJECT, DAY)
    await meter.used(used(1))
    mock_clock.jump(2.0)
    assert await meter.close() == GUESS
    assert await meter.close() == 0.0
    assert ledger.spent() == Ledger(ledger.path).spent() == Spent(1, 2134, GUESS, 2.0)


async def test_an_estimate_that_was_too_high(tmp_path: Path, mock_clock: MockClock) -> None:
    """It keeps others from the day's money for so long; to the project it is no reason to end."""
    ledger = Ledger(tmp_path / "spent.json")
    small = Budget(100, 10**6, GUESS, 100.0)
    meter, other = (Meter(lambda _report: None, ledger, Spent(), small, small) for _ in range(2))
    await meter.used(used(1))
    assert meter.reached is None
    assert other.day_reached is not None
    await meter.ended(end(GUESS / 2))
    assert other.day_reached is None
    assert ledger.spent().cost_usd == pytest.approx(GUESS / 2)


async def test_midnight_takes_nothing_back(tmp_path: Path, mock_clock: MockClock) -> None:
    """What is taken back of an estimate of the day before makes no day cheaper than nothing."""
    now = [86_400.0 - 1]
    ledger = Ledger(tmp_path / "spent.json", clock=lambda: now[0])
    meter = Meter(lambda _report: None, ledger, Spent(), PROJECT, DAY)
    await meter.used(used(1))
    now[0] += 2
    await meter.ended(end(GUESS / 2))
    assert ledger.spent().cost_usd == 0
    assert Ledger(ledger.path).known


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
