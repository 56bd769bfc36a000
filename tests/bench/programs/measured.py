"""What a program that measures itself says at its end: one line of JSON with its figures."""

import json
import sys
import time
from collections.abc import Sequence

from tests.bench.figures import percentile


class Stopwatch:
    """Measures this process from when this is made."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def read(self, units: float) -> dict[str, float]:
        """Seconds of `cpu` and of the `wall` for one unit, until now."""
        return {"cpu": (time.process_time() - self._cpu) / units, "wall": (time.perf_counter() - self._wall) / units}


def latencies(seconds: Sequence[float]) -> dict[str, float]:
    """Their median, and what 99 of 100 do not exceed."""
    return {"p50": percentile(seconds, 50), "p99": percentile(seconds, 99)}


def tell(figures: dict[str, float]) -> None:
    """Say the figures."""
    sys.stdout.write(json.dumps(figures) + "\n")


def expect(found: int, wanted: int) -> None:
    """See that everything was done that is measured.

    Raises:
        RuntimeError: It was not.
    """
    if found != wanted:
        raise RuntimeError(f"{wanted} were sent, and {found} came.")
