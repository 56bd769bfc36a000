"""The tables of the reference of metrics, which are made from the code."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric

from app.metrics.table import LABELS, SPECS, Spec
from tests.docs.tables import table


def own_table() -> str:
    """Each metric of the server's own."""
    return table("metric", "type", "labels", "unit", "what it is", rows=[_row(spec) for spec in SPECS])


def _row(spec: Spec) -> str:
    name = f"{spec.name}_total" if spec.kind == "counter" else spec.name
    labels = ", ".join(f"`{label}`" for label in spec.labels)
    return f"| `{name}` | {spec.kind} | {labels} | {spec.unit} | {spec.words} |"


def labels_table() -> str:
    """Each label, and what it may be."""
    return table("label", "may be", rows=[f"| `{name}` | {words} |" for name, words in LABELS.items()])


def process_table() -> str:
    """What prometheus-client says of the process, and of Python."""
    registry = CollectorRegistry()
    found: list[Metric] = []
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        found.extend(collector(registry=registry).collect())
    return table("metric", "type", "what it is", rows=list(_rows(found)))


def _rows(metrics: Iterable[Metric]) -> Iterable[str]:
    for metric in metrics:
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        yield f"| `{name}` | {metric.type} | {metric.documentation.rstrip('.')}. |"
