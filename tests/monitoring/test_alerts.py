"""Each alert fires when what it is for happens to a real server: a second stands for each minute of the rules."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from tests.monitoring.files import NAMES, config
from tests.monitoring.prometheus import open_prometheus
from tests.monitoring.rounds import DISK, ROUNDS, SETTINGS, go_through, open_victim


@pytest.mark.real
@pytest.mark.slow
async def test_each_alert_fires_under_its_fault(tmp_path: Path) -> None:
    """On three servers at once, which one Prometheus looks at."""
    async with AsyncExitStack() as stack:
        victims = {
            name: await stack.enter_async_context(open_victim(tmp_path / name, **settings))
            for name, settings in SETTINGS.items()
        }
        targets = [f"127.0.0.1:{victim.server.port}" for victim in victims.values()]
        prometheus = await stack.enter_async_context(open_prometheus(tmp_path, config(tmp_path, targets)))
        await prometheus.scraping(len(targets))
        assert list(await prometheus.rules()) == NAMES
        async with trio.open_nursery() as nursery:
            for name, victim in victims.items():
                nursery.start_soon(go_through, prometheus, victim, ROUNDS[name])


def test_there_is_a_fault_for_each_alert() -> None:
    """And each alert comes once."""
    tried = [name for rounds in (*ROUNDS.values(), DISK) for _, names in rounds for name in names]
    assert sorted(tried) == sorted(NAMES)
