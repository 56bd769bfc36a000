"""What a crowd is judged by: what is not as promised is said, and a busy machine is not the server's fault."""

import os
from typing import Any

import pytest

from tests.faults.crowd_figures import BUSY_LOAD, Found, Size

SIZE = Size(10, 100, 220)


def found(**other: Any) -> Found:
    """A crowd in which all was well, but for what is given."""
    well: dict[str, Any] = {
        "together": (10, 100),
        "running": [0.1, 1.9],
        "queued": [0.1],
        "idle": [0.002, 0.003],
        "busy": [0.004, 0.049],
        "seconds": 1.0,
        "load": 1.0,
    }
    return Found(**{**well, **other})


def test_a_crowd_where_all_is_well() -> None:
    """Nothing is said of it, and its line has all figures."""
    assert found().problems(SIZE) == []
    assert found().too_busy() == ""
    assert "10 ran and 100 waited once all were followed" in found().line
    assert "load of the machine 1.0" in found().line


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"lost": ["job-1"]}, "1 subscribers missed something, of ['job-1']"),
        ({"running": [0.1, 2.0]}, "a cancel of a running job took 2.00 s: 2 are promised"),
        ({"queued": [3.5]}, "a cancel of a waiting job took 3.50 s: 2 are promised"),
        ({"busy": [0.06, 0.06]}, "health: p99 was 60.0 ms, and 50 are the most"),
        ({"together": (10, 61)}, "10 ran and 61 waited once all were followed, and not 10 and 100"),
        ({"together": (9, 100)}, "9 ran and 100 waited once all were followed, and not 10 and 100"),
    ],
)
def test_what_is_not_as_promised_is_said(other: dict[str, Any], words: str) -> None:
    """In words, with what it was."""
    (problem,) = found(**other).problems(SIZE)
    assert words in problem


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"idle": [0.026, 0.026]}, "p99 of the idle server's health was 26.0 ms, and 25 are the most"),
        ({"load": BUSY_LOAD * (os.cpu_count() or 1) + 0.1}, "its load was"),
    ],
)
def test_a_busy_machine_is_said_and_health_is_not_judged(other: dict[str, Any], words: str) -> None:
    """All else is."""
    busy = found(busy=[0.5, 0.5], queued=[4.0], **other)
    assert words in busy.too_busy()
    (problem,) = busy.problems(SIZE)
    assert problem.startswith("a cancel of a waiting job")
