"""A process tree, cancelled at every step: of what it started nothing is left, in a bounded time."""

import logging
import time
from pathlib import Path

import pytest
import trio

from tests.actors.processes.conftest import OpenTree
from tests.actors.processes.programs import LONGEST_S, marked
from tests.actors.sweeping import stride, sweep

logger = logging.getLogger(__name__)

_SCRIPT = "trap '' TERM; setsid sleep 50 & echo up; sleep 50"


@pytest.mark.real
@pytest.mark.slow
async def test_a_tree(open_one: OpenTree, data_id: str, tmp_path: Path) -> None:
    """One that ignores SIGTERM, with a grandchild in a session of its own; at its start, while it runs, at its end."""
    records = tmp_path / "records"
    began: list[float] = []

    async def scenario(at: int) -> None:
        began[:] = [time.monotonic()]
        opened = open_one(["sh", "-c", _SCRIPT], grace=0.1, records=records)
        async with opened as tree, trio.open_nursery() as nursery:
            nursery.start_soon(tree.wait)
            assert await tree.stdout.receive_some()
            await tree.stop()
            nursery.cancel_scope.cancel()

    async def after(at: int) -> None:
        await trio.lowlevel.checkpoint()
        assert time.monotonic() - began[0] < LONGEST_S, at
        assert not marked(data_id), at
        assert not list(records.glob("*")), at

    points = await sweep(scenario, after, stride=stride(2))
    logger.info("a tree: %d points", points)
    assert points > 5
