"""Each parser of ours does what it says: for its seeds, for what once broke it, and for inputs around those.

The same inputs each time: nothing here is left to chance. `python -m tests.fuzz.parsers` looks further.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.fuzz.targets.inputs import Target
from tests.fuzz.targets.table import TARGETS

CORPUS = Path(__file__).parent / "corpus"

_TOKENS = (
    *(b"\x00", b"\n", b"\r\n", b"\r\n\r\n", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"%00", b"%2e%2e%2f", b"../"),
    *(b"//", b"\\", b'"', b"'", b"{", b"}", b"[" * 200, b",", b":", b";", b"&", b"&" * 20, b"=", b"@", b"*", b" "),
    *(b"-1", b"0", b"9" * 20, b"9" * 400, b"1e999", b"1.0", b"NaN", b"null", b"true", b"\\ud800", b"\xd9\xa3"),
)


@st.composite
def _near(draw: DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A seed with a few parts taken out, put in twice, replaced, or shifted."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((0, 0, 1, 2, 8, 64))))
        data[start:end] = draw(st.one_of(st.sampled_from(_TOKENS), st.binary(max_size=4), st.just(bytes(data[:end]))))
    return bytes(data[:4096])


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_what_once_broke_it(name: str) -> None:
    """Those that are written down."""
    target = TARGETS[name]
    target.call(b"")
    for data in (*target.seeds, *(path.read_bytes() for path in sorted((CORPUS / name).glob("*")))):
        target.call(data)


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_around_those(name: str) -> None:
    """Those that Hypothesis makes of them."""
    target: Target = TARGETS[name]

    @settings(
        max_examples=150,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(_near(target.seeds), st.binary(max_size=200)))
    def check(data: bytes) -> None:
        target.call(data)

    check()


def test_each_corpus_has_its_target() -> None:
    """A finding whose target was renamed would be looked at no more."""
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)
