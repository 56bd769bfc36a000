"""Encoding JSON: what `json` itself makes of it, and the same errors."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime import encoding
from actors.runtime.encoding import make_encoder

TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES, ascii_only=st.booleans())
def test_what_json_makes_of_it(value: object, ascii_only: bool) -> None:
    """To the letter, halves of characters included."""
    expected = json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only)
    assert make_encoder(ascii_only=ascii_only)(value) == expected


@pytest.mark.parametrize("in_c", [True, False])
def test_what_is_no_json(monkeypatch: pytest.MonkeyPatch, in_c: bool) -> None:
    """The same errors with the encoder in C and without; one that failed works again."""
    if not in_c:
        monkeypatch.setattr(encoding, "_MAKE", None)
    encode = make_encoder(ascii_only=True)
    itself: list[Any] = []
    itself.append({"again": itself})
    wrong: list[tuple[object, type[Exception]]] = [
        ({"x": float("nan")}, ValueError),
        ([float("-inf")], ValueError),
        (itself, ValueError),
        ({"x": [object()]}, TypeError),
        ({("a", "b"): 1}, TypeError),
    ]
    for value, error in wrong:
        for _ in range(2):
            with pytest.raises(error):
                encode(value)
        assert encode({"x": ["\u00e9", 1.5, None]}) == '{"x":["\\u00e9",1.5,null]}'
