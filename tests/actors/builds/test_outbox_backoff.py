"""The rules of waiting and of age."""

import random
from datetime import datetime, timedelta, timezone

import pytest

from actors.builds.backoff import Backoff, age

NOW = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


def test_ceilings_double_up_to_their_bound() -> None:
    """However often it failed."""
    backoff = Backoff(0.5, 15)
    assert [backoff.ceiling(failures) for failures in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]
    assert backoff.ceiling(0) == 0.5
    assert backoff.ceiling(10**9) == 15


def test_waits_are_drawn_from_nothing_to_the_ceiling() -> None:
    """Full jitter."""
    backoff = Backoff(0.5, 15)
    assert [backoff.wait(3, iter([draw]).__next__) for draw in (0.0, 0.25, 1.0)] == [0, 0.5, 2]
    waits = [backoff.wait(6, random.Random(1).random) for _ in range(100)]
    assert all(0 <= wait <= 15 for wait in waits)


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("2026-01-02T11:59:50.500Z", 9.5),
        ("2026-01-02T12:59:50.500+01:00", 9.5),
        ("2026-01-03T12:00:00.000Z", 0),
        ("2026-01-01T12:00:00", 0),
        ("yesterday", 0),
        ("", 0),
    ],
)
def test_age_is_never_negative_and_never_fails(time: str, seconds: float) -> None:
    """A clock that was set back, and a time that is none."""
    assert age(time, NOW) == seconds
    assert age("2026-01-02T12:00:00.000Z", NOW + timedelta(hours=1)) == 3600
