"""The arithmetic of budgets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.projects.generators.claude.budget import Budget, Reached, Spent
from actors.runtime.errors import InvalidInput

BUDGET = Budget(turns=10, tokens=1_000, cost_usd=2.0, seconds=60.0)

amounts = st.builds(
    Spent,
    st.integers(0, 10**6),
    st.integers(0, 10**12),
    st.floats(0, 10**6),
    st.floats(0, 10**8),
)
budgets = st.builds(
    Budget,
    st.integers(1, 10**6),
    st.integers(1, 10**12),
    st.floats(0.01, 10**6),
    st.floats(1, 10**8),
)


def test_sums_and_what_is_left() -> None:
    """Part by part; nothing is the least."""
    spent = Spent(1, 100, 0.5, 10.0) + Spent(2, 200, 1.0, 20.0)
    assert spent == Spent(3, 300, 1.5, 30.0)
    assert BUDGET.left(spent) == Budget(7, 700, 0.5, 30.0)
    assert BUDGET.left(Spent(99, 9_999, 99.0, 999.0)) == Budget(0, 0, 0.0, 0.0)
    assert BUDGET.within(Budget(5, 5_000, 1.0, 600.0)) == Budget(5, 1_000, 1.0, 60.0)


def test_usage_of_a_snapshot() -> None:
    """Tokens of every kind count; what is missing is nothing."""
    usage = {
        "input_tokens": 1,
        "output_tokens": 2,
        "cached_tokens": 4,
        "cost_usd": 0.5,
        "turns": 3,
        "seconds": 7.5,
        "model": None,
    }
    assert Spent.of_usage(usage) == Spent(3, 7, 0.5, 7.5)
    assert Spent.of_usage({"cost_usd": None}) == Spent()


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (Spent(turns=10), "The budget of 10 turns is used up: 10 turns were used."),
        (Spent(tokens=1_200), "The budget of 1,000 tokens is used up: 1,200 tokens were used."),
        (Spent(cost_usd=2.0), "The budget of 2.00 USD is used up: 2.00 USD were used."),
        (Spent(seconds=61.4), "The budget of 60 s of work is used up: 61 s of work were used."),
    ],
)
def test_what_is_used_up_is_a_sentence(spent: Spent, said: str) -> None:
    """With how much there was, and how much was used."""
    assert BUDGET.reached(spent) == said


def test_there_is_something_left() -> None:
    """Just below each part."""
    assert BUDGET.reached(Spent(9, 999, 1.9999, 59.9)) is None
    assert BUDGET.which(Spent(9, 999, 1.9999, 59.9)) is None


def test_fractions_of_a_cent_do_not_leave_a_rest() -> None:
    """Ten times ten cents is a dollar, whatever floating point has."""
    spent = sum((Spent(cost_usd=0.1) for _ in range(10)), Spent())
    assert spent.cost_usd < 1.0
    assert Budget(10, 10, 1.0, 10.0).reached(spent)


@pytest.mark.parametrize(
    ("part", "suggested"),
    [
        (Reached("cost_usd", 5.0, 5.2), 11),
        (Reached("cost_usd", 0.1, 0.11), 0.23),
        (Reached("turns", 10, 10), 20),
        (Reached("seconds", 60.0, 61.0), 122),
    ],
)
def test_what_to_raise_it_to(part: Reached, suggested: float) -> None:
    """About twice as much."""
    assert part.suggested == pytest.approx(suggested)


def test_raising_keeps_what_is_not_named() -> None:
    """And takes whole numbers where these are wanted."""
    assert BUDGET.raised({}) == BUDGET
    assert BUDGET.raised({"cost_usd": 10, "turns": 20.0}) == Budget(20, 1_000, 10.0, 60.0)
    assert isinstance(BUDGET.raised({"turns": 20.0}).turns, int)
    assert isinstance(BUDGET.raised({"cost_usd": 10}).cost_usd, float)


@pytest.mark.parametrize("value", [0, -1, True, None, "5", math.nan, math.inf, 1.5])
def test_what_is_no_amount_is_refused(value: object) -> None:
    """1.5 turns too."""
    with pytest.raises(InvalidInput, match="turns"):
        BUDGET.raised({"turns": value})


def test_an_unknown_part_is_refused() -> None:
    """The hint names those that there are."""
    with pytest.raises(InvalidInput, match="euros") as caught:
        BUDGET.raised({"euros": 1})
    assert "cost_usd" in caught.value.hint


@given(budgets, amounts)
def test_a_part_is_reached_when_nothing_is_left_of_it(budget: Budget, spent: Spent) -> None:
    """Both say the same, but for a millionth of a dollar."""
    left = budget.left(spent)
    empty = not (left.turns and left.tokens and left.cost_usd > 1e-6 and left.seconds)
    part = budget.which(spent)
    assert (part is not None) is empty
    assert part is None or part.suggested > max(part.limit, part.used)


@given(budgets, amounts)
def test_raising_to_what_is_suggested_gives_room_in_that_part(budget: Budget, spent: Spent) -> None:
    """So that the hint helps."""
    part = budget.which(spent)
    if part is not None:
        after = budget.raised({part.name: part.suggested}).which(spent)
        assert after is None or after.name != part.name
