"""The alert of a disk, which wants one of its own, and that takes root."""

from pathlib import Path

import pytest

from tests.faults.machine.small import open_small_disk
from tests.monitoring.files import config
from tests.monitoring.prometheus import open_prometheus
from tests.monitoring.rounds import DISK, go_through, open_victim


@pytest.mark.real
@pytest.mark.slow
async def test_the_alert_of_a_disk_fires(tmp_path: Path) -> None:
    """When its last tenth is used."""
    with open_small_disk(tmp_path) as disk:
        async with open_victim(disk.data) as victim:
            victim.disk = disk
            configuration = config(tmp_path, [f"127.0.0.1:{victim.server.port}"])
            async with open_prometheus(tmp_path, configuration) as prometheus:
                await prometheus.scraping(1)
                await go_through(prometheus, victim, DISK)
