"""Signed links: what was signed comes back, and nothing else does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.signing import KEY_BYTES, MAX_ID, MAX_TOKEN, Grant, _mac, may_be_token, sign, verify

KEY = bytes(range(KEY_BYTES))
GRANT = Grant("job-abcdefghjkmn", 1_800_000_000)
TOKEN = sign(KEY, GRANT)

IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=MAX_ID)
KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)


@given(KEYS, IDS, st.integers(0, 2**40 - 1))
def test_what_was_signed_comes_back(key: bytes, name: str, expires: int) -> None:
    """Whatever it is; and the token travels as one word of letters and digits."""
    token = sign(key, Grant(name, expires))
    assert verify(key, token) == Grant(name, expires)
    assert token.isalnum()
    assert len(token) <= MAX_TOKEN


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_character_can_be_changed(place: int, character: str) -> None:
    """Not even in the last one, some bits of which mean nothing."""
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert (verify(KEY, changed) is None) == (changed != TOKEN)


@given(st.integers(0, len(TOKEN) - 1))
def test_a_part_of_it_is_no_token(length: int) -> None:
    """Such as a mail program leaves of it."""
    assert verify(KEY, TOKEN[:length]) is None


@given(st.text(max_size=200))
def test_any_text_is_looked_at_without_harm(text: str) -> None:
    """It is no token."""
    assert verify(KEY, text) is None


@pytest.mark.parametrize(
    "text",
    [
        TOKEN.upper(),
        TOKEN + "a",
        TOKEN + "=",
        TOKEN + "\n",
        f" {TOKEN}",
        TOKEN * 3,
        "a" * (MAX_TOKEN + 1),
        "",
        "é" * 68,
    ],
)
def test_it_is_written_in_one_way_only(text: str) -> None:
    """No other text is good for the same."""
    assert verify(KEY, text) is None


@given(KEYS.filter(lambda key: key != KEY))
def test_another_key_makes_other_tokens(key: bytes) -> None:
    """So that removing the key ends all links."""
    assert verify(key, TOKEN) is None


def _encode(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def test_another_version_is_none_although_it_is_signed() -> None:
    """What a later version means by it is not known."""
    body = b"\x02" + bytes(5) + b"job-1"
    token = _encode(body + _mac(KEY, body))
    assert may_be_token(token)
    assert verify(KEY, token) is None


def test_a_signature_needs_a_whole_key() -> None:
    """An empty file must not sign anything."""
    for key in (b"", KEY[:-1], KEY + b"x"):
        assert verify(key, TOKEN) is None
        with pytest.raises(ValueError, match="cannot be signed"):
            sign(key, GRANT)


@pytest.mark.parametrize("grant", [Grant("", 1), Grant("x" * 65, 1), Grant("é", 1), Grant("x", -1), Grant("x", 2**40)])
def test_what_does_not_fit_is_not_signed(grant: Grant) -> None:
    """Rather than being cut."""
    with pytest.raises(ValueError, match="cannot be signed"):
        sign(KEY, grant)


@given(IDS, IDS, st.integers(0, 2**40 - 1), st.integers(0, 2**40 - 1))
def test_no_two_grants_have_one_token(one: str, other: str, first: int, second: int) -> None:
    """Where the parts of a token end is never in doubt."""
    a, b = Grant(one, first), Grant(other, second)
    assert (sign(KEY, a) == sign(KEY, b)) == (a == b)
