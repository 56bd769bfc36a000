"""The id of a request: whose counts, and what a client cannot do with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.front.head import Head
from app.requestid import HEADER, MOST, new_request_id, request_id_of


def _head(*headers: tuple[bytes, bytes]) -> Head:
    return Head("GET", "/", "1.1", headers, b"", b"")


@pytest.mark.parametrize(
    "given_id",
    ["a", "0b5f6e3c-9f0d-4c55-8e3e-2c5a7a0f4b8e", "7f3a" * 8, "Root=1-67891233-abcdef", "aGk+/_-w==", "x" * MOST],
)
def test_a_well_formed_one_counts(given_id: str) -> None:
    """As proxies make them."""
    assert request_id_of([(b"host", b"x"), (HEADER, given_id.encode())]) == given_id


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(HEADER, b"")],
        [(HEADER, b"x" * (MOST + 1))],
        [(HEADER, b"a"), (HEADER, b"a")],
        [(HEADER, b"a b")],
        [(HEADER, b"a)\n[AGENT-PYTHON] run-8: done")],
        [(HEADER, b"a, request b")],
        [(HEADER, "\u0661".encode())],
        [(HEADER, b"a\x1b[2J")],
        [(HEADER, b'"}')],
    ],
)
def test_no_other_does(headers: list[tuple[bytes, bytes]]) -> None:
    """Such a request gets one of its own, which is not what it sent."""
    made = request_id_of(headers)
    assert made not in [value.decode("latin-1") for _, value in headers]
    assert request_id_of([(HEADER, made.encode())]) == made


@given(st.binary(max_size=MOST + 10))
def test_nothing_else_gets_into_the_log(value: bytes) -> None:
    """Whatever is sent, an id is letters, digits and a few signs, and bounded."""
    found = request_id_of([(HEADER, value)])
    assert 0 < len(found) <= MOST
    assert found.isascii()
    assert all(char.isalnum() or char in "._+/=-" for char in found)


def test_each_is_another() -> None:
    """No two that are made here are the same."""
    assert len({new_request_id() for _ in range(1000)}) == 1000


def test_it_is_made_when_it_is_asked_for() -> None:
    """And then stays; a request that nobody asks about costs none."""
    before = int(new_request_id().rpartition("-")[2], 16)
    heads = [_head((b"host", b"x")) for _ in range(5)]
    assert not any(head.names_itself for head in heads)
    assert heads[0].request_id == heads[0].request_id
    assert int(new_request_id().rpartition("-")[2], 16) == before + 2
    assert _head((HEADER, b"mine")).names_itself
