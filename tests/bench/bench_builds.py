"""What many builds at once cost, and how long a message takes from when it is said to when the orchestrator has it.

Run by hand: `python -m tests.bench.bench_builds [BUILDS] [SPEED]`. The server is a process of its own; the orchestrator
is a stand-in in this one, which does little. The pipeline is the stand-in App Factory: at a SPEED of 1 it takes about 4
seconds, at 10 a tenth of that; 0 is the `template` pipeline, which says all that it has to say at once.
"""

import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import trio

from actors.builds.base import COMPLETED
from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.rounds import open_round
from tests.e2e.processes import processor_time

logger = logging.getLogger(__name__)


async def measure(folder: Path, builds: int, speed: float) -> None:
    """Run so many builds at once, and say what that took."""
    settings: dict[str, Any] = make_checkout(folder / "checkout") if speed else {}
    runs = [f"run-{number}" for number in range(builds)]
    async with open_round(folder, **settings, builds_at_once=builds, builds_queued=builds) as found:
        before, began = processor_time(found.server.pid), time.monotonic()
        async with trio.open_nursery() as nursery:
            for run in runs:
                nursery.start_soon(lambda run: found.ask(run, prompt=f"SPEED={speed:g} KIND=plain: a shop"), run)
        outside = found.outside
        await outside.until(lambda: all(COMPLETED in outside.contents(run)[-1:] for run in runs), seconds=600)
        seconds, processor = time.monotonic() - began, processor_time(found.server.pid) - before
        for run in runs:
            await found.check(run)
        times = outside.latencies()
        at = [times[min(len(times) * part // 1000, len(times) - 1)] * 1000 for part in (500, 990, 999)]
        logger.info(
            "%d builds at once, speed %g: %d messages in %.1f s; queued to delivered p50 %.0f ms, p99 %.0f ms,"
            " p99.9 %.0f ms; %.2f s of the server's processor time, %.2f ms a message, %.0f MiB",
            *(builds, speed, len(times), seconds, *at, processor, processor / len(times) * 1000),
            found.server.rss / 1024 / 1024,
        )


def main(builds: int, speed: float) -> None:
    """Measure twice, so that it shows how much the figures vary."""
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            trio.run(measure, Path(folder), builds, speed)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    given = [float(text) for text in sys.argv[1:]]
    counts = [*given, *(20, 1)[len(given) :]]
    main(int(counts[0]), counts[1])
