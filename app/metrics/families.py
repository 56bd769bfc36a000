"""The metrics of one scrape, gathered by the table."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Union

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from actors.runtime.figures import Histogram
from app.metrics.table import SPECS

Family = Union[CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily]

_TYPES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}


class Families:
    """Takes values, one after the other, and gives metrics; those that got none are there by name."""

    def __init__(self) -> None:
        self._families: dict[str, Family] = {
            spec.name: _TYPES[spec.kind](spec.name, spec.words, labels=spec.labels) for spec in SPECS
        }
        # The library would drop what is too much.
        self._labels = {spec.name: len(spec.labels) for spec in SPECS}

    def add(self, name: str, value: float, *labels: str) -> None:
        """Take the value of a gauge or of a counter.

        Raises:
            KeyError: The table has no such metric.
            TypeError: It is a histogram, or the labels are not as many as the table says.
        """
        family = self._families[name]
        if isinstance(family, HistogramMetricFamily) or len(labels) != self._labels[name]:
            raise TypeError(f"{name} takes no such value")
        family.add_metric(labels, value)

    def observe(self, name: str, histogram: Histogram, *labels: str) -> None:
        """Take what a histogram has counted; as `add`."""
        family = self._families[name]
        if not isinstance(family, HistogramMetricFamily) or len(labels) != self._labels[name]:
            raise TypeError(f"{name} is no such histogram")
        names = (*map(floatToGoString, histogram.bounds), "+Inf")
        family.add_metric(labels, list(zip(names, accumulate(histogram.counts))), histogram.total)

    def __iter__(self) -> Iterator[Metric]:
        """The metrics, in the order of the table."""
        return iter(self._families.values())
