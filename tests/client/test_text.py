"""Text from elsewhere is safe to print and to name files with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.text import clean, human_duration, human_size, safe_name


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bPdevice\x1b\\x", "x"),
        ("two\r\nlines\tand", "two lines and"),
        ("a\x08\x07\x00b", "ab"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\x1b", ""),
    ],
)
def test_control_sequences_are_removed(text: str, plain: str) -> None:
    """What a terminal would obey is gone, what a person reads is kept."""
    assert clean(text) == plain


@given(st.text())
def test_clean_text_has_no_control_characters(text: str) -> None:
    """Whatever comes in, no control character and no line end comes out."""
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in clean(text))


def test_long_text_is_cut() -> None:
    """The length is bounded."""
    assert clean("x" * 10_000, 10) == "xxxxxxx..."


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("model.glb", "model.glb"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.glb", "evil.glb"),
        ("..", "job-1.glb"),
        ("", "job-1.glb"),
        (".bashrc", "bashrc"),
        ("CON.glb", "job-1.glb"),
        ("a\x1b[31mb.glb", "ab.glb"),
        ("what?.glb", "what_.glb"),
        ("name. ", "name"),
    ],
)
def test_file_names_stay_in_their_folder(name: str, safe: str) -> None:
    """A proposed name is one harmless path component."""
    assert safe_name(name, "job-1.glb") == safe


@given(st.text(max_size=400))
def test_any_name_becomes_a_component(name: str) -> None:
    """Never empty, never with a separator, never hidden, never too long."""
    safe = safe_name(name, "x.glb")
    assert safe
    assert not set(safe) & set('/\\:*?"<>|\x00')
    assert not safe.startswith(".")
    assert len(safe.encode()) <= 150


def test_numbers_for_people() -> None:
    """Sizes and durations read well."""
    assert [human_size(count) for count in (12, 1400, 2_500_000, 3e12)] == ["12 bytes", "1.4 KB", "2.5 MB", "3000.0 GB"]
    assert [human_duration(s) for s in (-1, 59.6, 125, 3720)] == ["0 s", "1 min 00 s", "2 min 05 s", "1 h 02 min"]
