"""Plain figures: numbers, words and buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.figures import SECONDS, WAITS, Counter, Histogram, Tally


def test_a_counter_grows() -> None:
    """By one, or by as many as are said."""
    counter = Counter()
    counter.add()
    counter.add(4)
    assert counter.value == 5


def test_a_tally_has_all_its_words_from_the_start() -> None:
    """So that a word that has not come yet is 0, and not missing."""
    tally = Tally(("slow", "silent"))
    tally.add("slow")
    tally.add("slow", 2)
    assert dict(tally.counts) == {"slow": 3, "silent": 0}


def test_a_tally_takes_no_other_word() -> None:
    """What a client sends can never become one."""
    tally = Tally(("slow",))
    with pytest.raises(KeyError):
        tally.add("quick")
    assert dict(tally.counts) == {"slow": 0}


def test_a_bound_is_within_its_bucket() -> None:
    """As `le` of Prometheus has it."""
    histogram = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.5, 2.0, 2.1, float("inf")):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 2]


@given(st.lists(st.floats(0, 1e6)))
def test_each_value_is_counted_once(values: "list[float]") -> None:
    """In the first bucket whose bound it does not pass."""
    histogram = Histogram(SECONDS)
    for value in values:
        histogram.observe(value)
    assert sum(histogram.counts) == len(values)
    assert histogram.total == pytest.approx(sum(values))
    for place, bound in enumerate(SECONDS):
        assert sum(histogram.counts[: place + 1]) == sum(value <= bound for value in values)


@pytest.mark.parametrize("bounds", [(), (1.0, 1.0), (2.0, 1.0)])
def test_bounds_have_to_grow(bounds: "tuple[float, ...]") -> None:
    """Anything else would count in the wrong bucket."""
    with pytest.raises(ValueError, match="grow"):
        Histogram(bounds)


def test_the_usual_bounds_grow() -> None:
    """Of both sets."""
    assert Histogram(SECONDS).bounds == SECONDS
    assert Histogram(WAITS).bounds == WAITS
