"""What the soak calls flat, and what it does not."""

import random

from tests.faults.flatness import judge, slope

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
    assert judge("memory", TIMES, noise, share=0.0, least=2).flat
    assert not judge("memory", TIMES, leak, share=0.0, least=2).flat
    falling = [1000 - time for time in TIMES]
    assert judge("memory", TIMES, falling, share=0.0, least=0).flat


def test_a_step_after_the_warm_up_is_said() -> None:
    """What is allowed, and what the ends are, is in the verdict's words."""
    verdict = judge("files", TIMES, [50.0 if time < 900 else 80.0 for time in TIMES], share=0.05, least=2)
    assert not verdict.flat
    assert str(verdict).startswith("files 50 -> 80 (+")
    assert str(verdict).endswith("RISES)")
