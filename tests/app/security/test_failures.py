"""How often an address may be wrong."""

from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.failures import ADDRESSES, RIGHT, SECONDS, TRIES, WRONG, Failures, network_of

HERE, THERE = "192.0.2.1", "192.0.2.2"


def guesses(failures: Failures, count: int, now: float = 0.0, address: str = HERE, start: int = 0) -> int:
    """Try so many different secrets; how many of them were looked at."""
    looked = 0
    for number in range(start, start + count):
        digest = b"guess %d" % number
        if not failures.wait(address, digest, now):
            failures.wrong(address, digest, now)
            looked += 1
    return looked


def test_some_at_once_and_then_one_a_second() -> None:
    """However many are tried."""
    failures = Failures()
    assert guesses(failures, 1000) == TRIES
    assert failures.wait(HERE, b"next", 0.0) == pytest.approx(SECONDS)
    assert guesses(failures, 1000, SECONDS / 2, start=1000) == 0
    assert guesses(failures, 1000, SECONDS, start=2000) == 1
    assert guesses(failures, 1000, 11 * SECONDS, start=3000) == 10
    assert guesses(failures, 1000, 10_000 * SECONDS, start=4000) == TRIES


def test_others_are_not_concerned() -> None:
    """Each address has its own."""
    failures = Failures()
    guesses(failures, 1000)
    assert failures.wait(THERE, b"right", 0.0) == 0
    assert guesses(failures, 5, address=THERE) == 5


def test_who_is_in_stays_in() -> None:
    """What was right from there is looked at, whatever others there do; what was not is not, right or wrong."""
    failures = Failures()
    failures.right(HERE, b"right", 0.0)
    guesses(failures, 1000)
    assert failures.wait(HERE, b"right", 0.0) == 0
    assert failures.wait(HERE, b"also right", 0.0) > 0


def test_a_page_with_an_old_secret_costs_one_try() -> None:
    """However often it asks: who guesses does not repeat itself."""
    failures = Failures()
    for second in range(1000):
        assert failures.wait(HERE, b"old", second * 0.01) == 0
        failures.wrong(HERE, b"old", second * 0.01)
    assert failures.wait(HERE, b"new", 10.0) == 0
    assert guesses(failures, 100, 10.0) == TRIES


def test_the_log_is_told_once() -> None:
    """Until it has been quiet for a while."""
    failures = Failures()
    told = [failures.wrong(HERE, b"%d" % number, 0.0) for number in range(TRIES)]
    assert told.count(True) == 1
    assert not failures.wrong(HERE, b"more", SECONDS)
    later = [failures.wrong(HERE, b"later %d" % number, 1000.0) for number in range(TRIES)]
    assert later.count(True) == 1


def test_what_is_remembered_is_bounded() -> None:
    """Addresses, and secrets of each."""
    failures = Failures()
    for number in range(ADDRESSES + 100):
        failures.wrong(str(number), b"x", 0.0)
    assert len(failures) == ADDRESSES
    for number in range(100):
        failures.right(HERE, b"%d" % number, 0.0)
        failures.wrong(HERE, b"wrong %d" % number, number * 100.0)
    known = failures._known[HERE]
    assert (len(known.right), len(known.wrong)) == (RIGHT, WRONG)


def test_a_clock_that_stands_still_or_goes_back_gives_nothing() -> None:
    """Nor takes it anything."""
    failures = Failures()
    guesses(failures, 1000, 100.0)
    assert failures.wait(HERE, b"next", 0.0) > 0
    assert failures.wait(HERE, b"next", 50.0) <= SECONDS


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 50)), max_size=30))
def test_never_more_than_the_rate(steps: list[tuple[float, int]]) -> None:
    """Whatever the rhythm."""
    failures, now, looked, number = Failures(), 0.0, 0, 0
    for pause, count in steps:
        now += pause
        looked += guesses(failures, count, now, start=number)
        number += count
        assert looked <= TRIES + now / SECONDS + 1e-6


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unix", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_what_counts_as_one(address: Optional[str], network: str) -> None:
    """A machine has one address of IPv4, and all of a /64."""
    assert network_of(address) == network
