"""What an answer costs, by the price list: figures worked out by hand."""

import pytest

from actors.projects.generators.claude.prices import estimate
from actors.projects.generators.claude.words import Used

CASES = [
    ("claude-sonnet-4-5", 3 + 15 + 0.3 + 3.75),
    ("claude-haiku-4-5-20251001", 1 + 5 + 0.1 + 1.25),
    ("claude-opus-4-5", 5 + 25 + 0.5 + 6.25),
    ("claude-opus-4-1-20250805", 15 + 75 + 1.5 + 18.75),
    ("another", 15 + 75 + 1.5 + 18.75),
]


@pytest.mark.parametrize(("model", "dollars"), CASES)
def test_a_million_of_each_kind(model: str, dollars: float) -> None:
    """Of what is read, written, read from what was kept, and kept."""
    million = 1_000_000
    used = Used("msg_1", model, million, million, million, million)
    assert estimate(used) == pytest.approx(dollars)
