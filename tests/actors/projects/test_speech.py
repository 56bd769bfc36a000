"""What a generator says, in pieces."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.projects.generators.base import Said
from actors.projects.speech import MAX_MESSAGE, MAX_SAID, Speech

SAID = st.builds(Said, st.text(max_size=20), st.integers(0, 2), st.booleans())


def test_what_is_told_at_once_is_one_piece() -> None:
    """Whatever its number is: each has one of its own."""
    speech = Speech()
    told = [*speech.take(Said("one")), *speech.take(Said("two")), *speech.waiting()]
    assert told == [{"text": "one", "message": 1, "last": True}, {"text": "two", "message": 2, "last": True}]
    speech.begin()
    assert speech.take(Said("three"))[0]["message"] == 1


def test_pieces_wait_for_one_another() -> None:
    """Until somebody wants to have them, or the message is complete."""
    speech = Speech()
    assert [*speech.take(Said("a", 7, last=False)), *speech.take(Said("b", 7, last=False))] == []
    assert speech.waiting() == [{"text": "ab", "message": 1, "last": False}]
    assert speech.waiting() == []
    assert speech.take(Said("c", 7, last=True)) == [{"text": "c", "message": 1, "last": True}]
    assert speech.take(Said("", 8, last=True)) == []


def test_a_long_message_is_told_in_parts_and_cut() -> None:
    """None of the parts is too long, nor is the whole."""
    told = Speech().take(Said("x" * (MAX_MESSAGE + 1)))
    assert {len(one["text"]) for one in told} == {MAX_SAID}
    assert sum(len(one["text"]) for one in told) == MAX_MESSAGE
    assert [one["last"] for one in told] == [False] * (len(told) - 1) + [True]


@given(st.lists(SAID, max_size=20))
def test_nothing_is_lost_or_mixed(said: list[Said]) -> None:
    """The pieces of each message, put together, are what was said of it."""
    speech = Speech()
    told: list[dict[str, Any]] = []
    for one in said:
        told += speech.take(one)
    told += speech.waiting()
    assert "".join(one["text"] for one in told) == "".join(one.text for one in said)
    ended = [one["message"] for one in told if one["last"]]
    assert len(ended) == len(set(ended))
    assert [one["message"] for one in told] == sorted(one["message"] for one in told)
