"""The dashboard, against a server under load: every query of every panel finds something."""

from pathlib import Path

import pytest
import trio

from tests.monitoring.files import config, panels, queries
from tests.monitoring.load import loaded
from tests.monitoring.prometheus import Prometheus, open_prometheus
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def _unanswered(prometheus: Prometheus, left: "dict[str, str]") -> "dict[str, str]":
    """The queries that find nothing, or only what is no number, by panel."""
    return {where: query for where, query in left.items() if not await prometheus.query(query)}


async def test_every_query_of_every_panel_returns_data(tmp_path: Path) -> None:
    """By a real Prometheus, which asks with the narrow token, in the way that the example has it."""
    left = {f"{panel['title']}: {query}": query for panel in panels() for query in queries(panel)}
    assert len(left) > len(panels())
    async with loaded(tmp_path) as (server, token):
        configuration = config(tmp_path, [f"127.0.0.1:{server.port}"], token)
        async with open_prometheus(tmp_path, configuration) as prometheus:
            await prometheus.scraping(1)

            async def answered() -> bool:
                nonlocal left
                left = await _unanswered(prometheus, left)
                await trio.sleep(0.2)  # between two rounds of some dozens of queries
                return not left

            with trio.move_on_after(60):
                await until(answered, 60, "data")
            assert left == {}
