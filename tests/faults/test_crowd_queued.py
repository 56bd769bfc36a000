"""A small crowd with a long queue: nothing is lost, a cancel is quick, and the server answers meanwhile."""

import logging
from pathlib import Path

import pytest

from tests.faults.clients import percentile
from tests.faults.crowd import crowd
from tests.faults.crowd_figures import CANCEL_S, Size

HEALTH_S = 0.5
"""Ten times what is promised on a machine that does nothing else."""


@pytest.mark.real
@pytest.mark.slow
async def test_a_queue_ten_times_as_long_as_what_runs(tmp_path: Path) -> None:
    """Two subscribers for each job."""
    # The first ten take half a minute: until then, also a busy machine has uploaded the others.
    size = Size(running=10, queued=100, subscribers=220, speed=2.5, short=0.1)
    found = await crowd(tmp_path, size)
    logging.getLogger(__name__).info("%s", found.line)
    assert found.lost == []
    assert found.together == (size.running, size.queued), found.line
    assert found.events > 220 * 5
    assert max(found.running) < CANCEL_S, found.line
    assert max(found.queued) < CANCEL_S, found.line
    assert percentile(found.busy, 99) < HEALTH_S, found.line
