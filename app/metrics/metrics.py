"""A server's metrics, and their text."""

from collections.abc import Iterable, Sequence
from typing import Final

import trio
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from actors.runtime.threads import NoThread, in_thread
from app.metrics.collector import ServerCollector
from app.metrics.reading import take_reading
from app.services import Services

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of Prometheus' text format, which whatever scrapes can read."""


class Metrics:
    """The metrics of one server, in a registry of its own.

    Args:
        services: The parts.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._own = ServerCollector(services)
        self._registry.register(self._own)
        self._turn = trio.Lock()

    async def scrape(self) -> bytes:
        """Read all there is now, as text. One at a time: who asks meanwhile waits."""
        async with self._turn:
            self._own.reading = await take_reading(self._services)
            # Figures are read here, where they are counted; what they are as text takes longer, and a thread.
            taken = _Taken(list(self._registry.collect()))
            try:
                return await in_thread(generate_latest, taken)
            except NoThread:  # and that is just when somebody has to be told
                return generate_latest(taken)


class _Taken(Collector):
    """What was collected."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """The same again."""
        return self._metrics
