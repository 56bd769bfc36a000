"""What a generator says becomes lines."""

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from client.events import Event
from client.render.live import LiveRenderer
from client.render.speech import Speech

PIECES = st.lists(st.text("ab \n", max_size=30), max_size=20)


def said(text: Any, *, message: Any = 1, last: Any = False) -> Event:
    """Return a piece."""
    return Event(1, "project-1", "", "assistant_message", {"text": text, "message": message, "last": last})


def other(kind: str = "tool_executed") -> Event:
    """Return another event."""
    return Event(1, "project-1", "", kind, {})


def test_a_line_is_told_when_it_is_complete() -> None:
    """By its end, by the message's, by another message, or by something else that happens."""
    speech = Speech()
    assert speech.take(said("one ")) == []
    assert speech.take(other("progress")) == []
    assert speech.take(said("line\n\ntwo")) == ["one line"]
    assert speech.take(other()) == ["two"]
    assert speech.take(other()) == []
    assert speech.take(said("three")) == []
    assert speech.take(said("four", message=2, last=True)) == ["three", "four"]
    assert speech.take(Event(1, "project-1", "", "assistant_message", {"text": "as of old"})) == ["as of old"]
    assert speech.take(said(7, last=True)) == []


def test_a_long_line_is_told_between_words() -> None:
    """Or wherever it has to be, where there are no words; nothing in it is obeyed."""
    speech = Speech()
    assert speech.take(said("some words that go on and on"), 20) == ["some words that go"]
    assert speech.take(said("\x1b[2J", last=True), 20) == ["on and on"]
    assert speech.take(said("x" * 45, last=True), 20) == ["x" * 20, "x" * 20, "x" * 5]


@given(PIECES, st.integers(20, 40))
def test_nothing_is_lost(pieces: list[str], width: int) -> None:
    """However it is cut; no line is too wide."""
    speech = Speech()
    lines = [line for piece in pieces for line in speech.take(said(piece), width)] + speech.rest()
    assert "".join(lines).replace(" ", "") == "".join(pieces).replace(" ", "").replace("\n", "")
    assert all(len(line) <= width for line in lines)


def test_a_terminal_shows_it_while_it_is_said() -> None:
    """A line of the terminal at a time, and the rest at the end."""
    out = io.StringIO()
    renderer = LiveRenderer(Console(file=out, force_terminal=True, width=40))
    renderer.event(said("a word " * 8))
    assert out.getvalue().split() == ["a", "word"] * 5 + ["a"]
    renderer.close()
    assert out.getvalue().split() == ["a", "word"] * 8
