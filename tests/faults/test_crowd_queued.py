"""A small crowd with a long queue: nothing is lost, a cancel is quick, and the server answers meanwhile."""

import logging
from pathlib import Path

import pytest

from tests.faults.clients import percentile
from tests.faults.crowd import Size, crowd

CANCEL_S = 2.0
"""What is promised."""

HEALTH_S = 0.5
"""Ten times what is promised on a machine that does nothing else."""


@pytest.mark.real
@pytest.mark.slow
async def test_a_queue_ten_times_as_long_as_what_runs(tmp_path: Path) -> None:
    """Two subscribers for each job."""
    found = await crowd(tmp_path, Size(running=10, queued=100, subscribers=220, speed=1.5, short=0.1))
    logging.getLogger(__name__).info("%s", found.line)
    assert found.lost == []
    assert found.events > 220 * 5
    assert max(found.running) < CANCEL_S, found.line
    assert max(found.queued) < CANCEL_S, found.line
    assert percentile(found.busy, 99) < HEALTH_S, found.line
