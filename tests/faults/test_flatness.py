"""What the soak calls flat, and what it does not."""

import random
import re

import pytest

from tests.faults.flatness import Tolerance, judge, slope
from tests.faults.soak_found import SERIES, Outcome, verdicts

TIMES = [float(second) for second in range(0, 1800, 10)]


def test_a_line_has_its_slope() -> None:
    """And outliers do not move it."""
    values = [3 + 0.5 * time for time in TIMES]
    assert slope(TIMES, values) == 0.5
    values[10] = values[90] = 1e9
    assert abs(slope(TIMES, values) - 0.5) < 0.01
    assert slope([1.0], [2.0]) == 0.0


def test_noise_is_flat_and_a_leak_is_not() -> None:
    """A leak of a megabyte in ten minutes below noise of ten."""
    chance = random.Random(1)
    noise = [100 + chance.uniform(-5, 5) for _ in TIMES]
    leak = [value + time / 600 for value, time in zip(noise, TIMES)]
    assert judge("memory", TIMES, noise, Tolerance(0.0, 2)).flat
    assert not judge("memory", TIMES, leak, Tolerance(0.0, 2)).flat
    falling = [1000 - time for time in TIMES]
    assert judge("memory", TIMES, falling, Tolerance(0.0, 0)).flat


def test_a_step_after_the_warm_up_is_said() -> None:
    """What is allowed, and what the ends are, is in the verdict's words."""
    verdict = judge("files", TIMES, [50.0 if time < 900 else 80.0 for time in TIMES], Tolerance(0.05, 2))
    assert not verdict.flat
    assert str(verdict).startswith("files 50 -> 80 (+")
    assert str(verdict).endswith(" of 3.2, RISES)")


NOISE = {
    "rss": (97 * 2**20, 0.3 * 2**20),
    "pss": (82 * 2**20, 1.7 * 2**20),
    "family_pss": (110 * 2**20, 3.7 * 2**20),
    "descriptors": (36, 3.1),
    "tasks": (61, 7.8),
    "threads": (6, 0.9),
    "processes": (4, 0.3),
    "journal": (6.1 * 2**20, 0.03 * 2**20),
    "directory": (24 * 2**20, 0.3 * 2**20),
}
"""What a real soak of 45 minutes had at its end, and how far that went up and down (one standard deviation)."""


def soaked(leaking: str = "", leak: float = 0.0) -> list[dict[str, float]]:
    """A soak of 45 minutes with that noise, in which one series may rise by so much in the last 30 of them."""
    chance = random.Random(2)
    times = [10.0 * number for number in range(1, 271)]
    return [
        {
            "at": time,
            "load": 1.0,
            **{
                name: max(0.0, chance.gauss(*noise)) + (leak * time / 1800 if name == leaking else 0.0)
                for name, noise in NOISE.items()
            },
        }
        for time in times
    ]


def test_the_noise_of_a_real_soak_is_flat() -> None:
    """In each series; and it says so in a line that can be shown."""
    outcome = Outcome(soaked(), {"job": 3}, [], [], 0)
    assert outcome.fine, outcome.line
    assert outcome.line.startswith("flat after 45.0 minutes at a load of 1.0; ")
    assert re.search(r" rss 9\d[.\d]* -> 9\d[.\d]* MiB \([+-]\S+ of 2, flat\);", outcome.line)
    assert not Outcome(soaked(), {}, ["a job was not whole"], [], 0).fine
    assert not Outcome(soaked(), {}, [], ["tasks: 40 before, 50 after"], 0).fine
    assert not Outcome(soaked(), {}, [], [], 1).fine


@pytest.mark.parametrize(
    ("name", "leak"),
    [
        ("rss", 3 * 2**20),
        ("pss", 5 * 2**20),
        ("family_pss", 9 * 2**20),
        ("descriptors", 7),
        ("tasks", 11),
        ("threads", 3),
        ("processes", 2),
        ("journal", 2**19),
        ("directory", 3 * 2**20),
    ],
)
def test_a_leak_below_that_noise_is_found(name: str, leak: float) -> None:
    """In half an hour: 3 MiB, 7 descriptors, 11 tasks; and nothing else is blamed."""
    found = [verdict.name for verdict in verdicts(soaked(name, leak)) if not verdict.flat]
    assert found == [name]


def test_every_series_has_its_noise() -> None:
    """What is measured is judged, and what is judged is tried here."""
    assert set(NOISE) == set(SERIES)
