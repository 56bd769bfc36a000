"""Rules for names and paths."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.processes.paths import check_name, check_relative
from actors.runtime.errors import InvalidInput


@pytest.mark.parametrize("text", ["a", "job-1", "v1.2_x", "...", "-", "x" * 128])
def test_names(text: str) -> None:
    """These are names."""
    assert check_name(text) == text


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a b", "a\n", "\u00e9", "x" * 129, "a\0", "*"])
def test_no_names(text: str) -> None:
    """These are not."""
    with pytest.raises(InvalidInput, match="cannot be used as id") as caught:
        check_name(text, "id")
    assert caught.value.hint
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["a", "a/b.txt", "caf\u00e9 (1).jpg", "..a/b..", "a\\b", "x" * 255])
def test_paths(text: str) -> None:
    """These stay inside."""
    assert str(check_relative(text)) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("/etc/passwd", "is absolute"),
        ("..", "climbs"),
        ("a/../b", "climbs"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("./a", "empty part"),
        ("a\0b", "control characters"),
        ("a\nb", "control characters"),
        ("\udc80", "not valid Unicode"),
        ("x" * 256, "part longer than 255 bytes"),
        ("\u00e9" * 128, "part longer than 255 bytes"),
        ("x/" * 600 + "x", "longer than 1024 bytes"),
    ],
)
def test_no_paths(text: str, problem: str) -> None:
    """These do not, and the message says why."""
    with pytest.raises(InvalidInput, match=problem):
        check_relative(text)


@settings(deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever is accepted is relative, and the same text."""
    try:
        path = check_relative(text)
    except InvalidInput:
        return
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert str(path) == text
