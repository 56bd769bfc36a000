"""What the agent is given of a tool's result."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.projects.generators.claude.results import MAX_UNITS, NOTHING, answer, cut, refusal
from actors.projects.tools.results import ToolResult
from actors.projects.tools.texts import MAX_TEXT

MEASURED = 50_000
"""UTF-16 units that the CLI passes on as they are."""


def _units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode("utf-16-le")) // 2


def test_a_result_goes_on_as_it_is() -> None:
    """With whether it failed."""
    assert answer(3, ToolResult(True, "done")).text == "done"
    assert answer(3, ToolResult(True, "done")).failed is False
    assert answer(4, ToolResult(False, "not done")).failed is True
    assert answer(4, ToolResult(False, "not done")).id == 4


def test_what_our_tools_give_is_not_cut_again() -> None:
    """Their own bound is below this one, unless the text is all of rare characters."""
    text = "\u6f22" * (MAX_TEXT + 500)
    assert cut(text) == text


def test_nothing_is_said_in_words() -> None:
    """The API takes no empty text."""
    assert answer(1, ToolResult(True, "")).text == NOTHING


@pytest.mark.parametrize("character", ["a", "\u6f22", "\U0001f600"])
def test_a_large_result_keeps_its_beginning_and_its_end(character: str) -> None:
    """In the units that the CLI counts."""
    text = f"FIRST{character * 5_000_000}LAST"
    shown = answer(1, ToolResult(True, text)).text
    assert shown.startswith("FIRST")
    assert shown.endswith("LAST")
    assert "characters cut" in shown
    assert MAX_UNITS - 10 < _units(shown) < MAX_UNITS + 100 < MEASURED


def test_a_call_without_a_tool_is_a_failed_result() -> None:
    """With what to do."""
    result = refusal(9, "Bash", "there is no tool of that name", "Use one of: read_file.")
    assert result.failed
    assert "Bash failed" in result.text
    assert "read_file" in result.text


@given(st.text(max_size=50), st.integers(0, 3), st.integers(0, 45_000))
def test_whatever_it_is_it_can_be_sent(text: str, before: int, times: int) -> None:
    """Lone surrogates, and pairs that are cut in the middle, included."""
    shown = cut("x" * before + "\ud800" + text + "\U0001f600" * times)
    shown.encode("utf-8")
    assert json.loads(json.dumps(shown)) == shown
    assert _units(shown) < MEASURED
    assert "\ufffd" not in shown or "\ufffd" in text
