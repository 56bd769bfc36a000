"""Messages that are lost, out of order, or come again without need are found, and nothing else."""

from collections.abc import Sequence
from typing import Optional

import pytest

from client.local.torture.checks.outbox import Arrival, misdelivered

TOLD = (b"a", b"b", b"c")


def came(text: str) -> list[Arrival]:
    """Arrivals, as in `a1 b1- b1`: the message, which server sent it, and `-` where it was not taken."""
    return [Arrival(word[0].encode(), int(word[1]), not word.endswith("-")) for word in text.split()]


def judge(text: str, told: Sequence[bytes] = TOLD, *, complete: bool = False) -> Optional[str]:
    """What is wrong with arrivals."""
    return misdelivered("run-1", told, came(text), complete=complete)


@pytest.mark.parametrize(
    "text", ["a1 b1 c1", "a1 b1- b1 c1", "a1 a2 b2 c2", "a1- a1- a2- a2 b2 c3", "a1 b1- b2 c2 c3", "a0 a1 b1 c1"]
)
def test_what_is_right(text: str) -> None:
    """Each once and in order; again only what was not taken, or what its server died over."""
    assert judge(text, complete=True) is None


def test_a_message_that_was_said_twice() -> None:
    """Two that are the same are two."""
    assert judge("a1 a1 b1", (b"a", b"a", b"b"), complete=True) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a1 c1", "is message 3, and message 2 was to come", id="one left out"),
        pytest.param("b1 a1", "is message 2, and message 1 was to come", id="out of order"),
        pytest.param("a1 b1 a2", "is message 1, and message 3 was to come", id="an older one again"),
        pytest.param("a1 a1", "although its server knew", id="again without need"),
        pytest.param("a1- b1", "message 1 had not been taken", id="one given up"),
        pytest.param("a1 x1", "a message that its events do not have", id="never said"),
        pytest.param("a1 b1 c1 x1", "its events do not have: they have 3", id="one too many"),
    ],
)
def test_what_is_wrong_is_found(text: str, said: str) -> None:
    """Each planted violation."""
    assert said in str(judge(text))


@pytest.mark.parametrize("text", ["", "a1 b1", "a1 b1 c1-"])
def test_at_the_end_all_have_come(text: str) -> None:
    """Until then some may be missing."""
    assert judge(text) is None
    assert "of its 3 messages came" in str(judge(text, complete=True))
