"""A soak of a quarter of a minute: it does everything and finds nothing wrong, and finds a leak where there is one."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.soak import Pace, soak
from tests.faults.soak_found import SERIES

pytestmark = [pytest.mark.real, pytest.mark.slow]

PACE = Pace(minutes=0.25, every_s=0.5, rest_s=3.0)
LEAK = 20
"""Descriptors and tasks a second."""

LEAST = 5.0 * LEAK
"""Half of what leaks after the warm-up, and far more than the load has at once."""


async def test_a_short_soak_does_everything_and_leaves_nothing(tmp_path: Path) -> None:
    """Of each kind something was done, and all was well; how memory goes takes longer to tell."""
    outcome = await soak(tmp_path, PACE, tmp_path / "soak.json")
    logging.getLogger(__name__).info("%s", outcome.line)
    assert (outcome.wrong, outcome.left, outcome.crashes) == ([], [], 0)
    assert {"job", "one_by_one", "half_an_upload", "build", "look", "stranger"} <= set(outcome.done)
    assert len(outcome.samples) > 10
    assert set(SERIES) <= set(outcome.samples[0])
    assert (tmp_path / "soak.json").stat().st_size > 1000
    rises = {verdict.name: verdict.rise for verdict in outcome.verdicts}
    assert rises["descriptors"] < LEAST, outcome.line
    assert rises["tasks"] < LEAST, outcome.line


async def test_a_leak_in_the_server_is_found(tmp_path: Path) -> None:
    """By how the series rise, and by what an idle server still has after that."""
    outcome = await soak(tmp_path, replace(PACE, settle_s=5.0), EYE_LEAK=LEAK)
    assert not outcome.fine
    rises = {verdict.name: verdict.rise for verdict in outcome.verdicts if not verdict.flat}
    assert rises["descriptors"] > LEAST, outcome.line
    assert rises["tasks"] > LEAST, outcome.line
    assert "NOT FLAT" in outcome.line
    assert [one.partition(":")[0] for one in outcome.left][:2] == ["descriptors", "tasks"]
