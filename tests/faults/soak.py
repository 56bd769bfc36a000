"""The soak: everything at once for 45 minutes, and what the server holds must not grow in the last 30 of them.

Run by hand: `python -m tests.faults.soak [MINUTES] [FILE]`. Retention is set so small that all kept things reach their
bounds in the first minutes, and the allocators keep what was needed at the most: the first third is not judged. FILE
gets each measurement, as JSON. It ends with 1 when anything rose, went wrong, or was still there after the load had
ended.
"""

import json
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import httpx
import trio

from tests.e2e.builds.outside import open_outside
from tests.e2e.processes import below, descriptors
from tests.e2e.server import calling
from tests.faults.eye import WatchedServer, watched
from tests.faults.soak_found import MIB, Outcome
from tests.faults.soak_load import Load
from tests.waiting import until

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How long a soak takes.

    Attributes:
        minutes: Of the load.
        every_s: Seconds between two measurements.
        rest_s: Seconds that it is left alone before the load: longer than `keep_alive` and `linger`, so that an idle
            server has let go of all connections.
        settle_s: Seconds that it has after the load to be what it was before.
    """

    minutes: float = 45.0
    every_s: float = 10.0
    rest_s: float = 30.0
    settle_s: float = 30.0


SETTINGS = {
    "keep_jobs": 60,
    "keep_projects": 6,
    "jobs_at_once": 8,
    "jobs_queued": 200,
    "builds_at_once": 4,
    "pipeline": "template",
    "preview": "host",
    # A project that is awake is not cleaned away; these fall asleep soon after their last visitor.
    "dev_server_idle_seconds": 3,
    "EYE_JANITOR_S": 10,
}


def pss(pid: int) -> int:
    """Bytes of a process's memory, those that it shares counted in part; 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


def measure(server: WatchedServer) -> dict[str, float]:
    """What the server holds now."""
    family = {pid for pid, _ in below(server.pid)}
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
    threads = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:"))
    seen = server.seen()[-6:]
    return {
        "rss": server.rss,
        "pss": pss(server.pid),
        "family_pss": sum(map(pss, family | {server.pid})),
        "descriptors": descriptors(server.pid),
        "tasks": seen[-1]["tasks"] if seen else 0,
        "threads": threads,
        "processes": len(family),
        "journal": _size(server.data.glob("journal.sqlite3*")),
        "directory": _size(path for path in server.data.rglob("*") if "journal" not in path.name),
        "longest_ms": max((line["longest"] for line in seen), default=0.0) * 1000,
        "load": os.getloadavg()[0],
    }


def _size(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.lstat().st_size
        except OSError:
            continue  # it was removed meanwhile
    return total


async def sample(
    server: WatchedServer, samples: list[dict[str, float]], target: Optional[Path], every_s: float
) -> None:
    """Measure every so many seconds, until cancelled."""
    began = time.monotonic()
    while True:
        await trio.sleep(every_s)  # between two measurements
        samples.append({"at": round(time.monotonic() - began, 1), **await trio.to_thread.run_sync(measure, server)})
        if target is not None:
            text = json.dumps(samples)
            await trio.to_thread.run_sync(target.write_text, text)
        if len(samples) % 30 == 0:
            logger.info("%s", _line(samples[-1]))


def _line(sample: Mapping[str, float]) -> str:
    big = {name: f"{sample[name] / MIB:.1f}" for name in ("rss", "pss", "family_pss", "journal", "directory")}
    small = {name: int(sample[name]) for name in ("descriptors", "tasks", "threads", "processes")}
    return f"{sample['at']:.0f} s: {big} MiB, {small}, load {sample['load']:.1f}"


async def settle(server: WatchedServer, before: Mapping[str, float], seconds: float) -> list[str]:
    """Wait so long until an idle server holds no more than before the load; what does not come back."""
    names = ("descriptors", "tasks", "processes")
    # The connections to the orchestrator stay open for the next message, as many as were needed at once.
    spare = {"descriptors": 16, "tasks": 4, "processes": 2}
    after: dict[str, float] = {}

    async def is_back() -> bool:
        async with calling(server) as client:  # its loop turns, so that its eye sees the present
            await client.get("/health")
        await trio.sleep(1)  # each look takes one
        after.update(measure(server))
        return all(after[name] <= before[name] + spare[name] for name in names)

    try:
        await until(is_back, seconds, "the return to what was before")
    except AssertionError:
        tasks = server.seen()[-1]["names"]
        return [*(f"{name}: {before[name]:g} before, {after[name]:g} after" for name in names), f"its tasks: {tasks}"]
    return []


async def soak(folder: Path, pace: Pace, target: Optional[Path] = None, **settings: object) -> Outcome:
    """Load a server for so long.

    Args:
        folder: An empty one.
        pace: How long, and how often it is measured.
        target: Where each measurement goes, as JSON.
        settings: Of the server, besides `SETTINGS`.
    """
    root = folder / "workspaces"
    root.mkdir()
    async with open_outside(root) as outside:
        own = {**SETTINGS, "orchestrator_url": outside.url, "workspaces_root": root, **settings}
        async with watched(folder / "data", projects_root=folder / "projects", **own) as server:
            async with calling(server) as client:
                load = Load(server, client, outside, random.Random(1))
                before = await _idle(server, client, load, pace)
                samples = await _run(server, load, pace, target)
                await load.clear()
            left = await settle(server, before, pace.settle_s)
            return Outcome(samples, load.done, load.wrong, left, server.said.count("Traceback"))


async def _idle(server: WatchedServer, client: httpx.AsyncClient, load: Load, pace: Pace) -> dict[str, float]:
    """What an idle server holds that has done everything once: processes that check photos, a place for projects."""
    for act in (load.job, load.build, load.project, load.look):
        await act()
    await load.clear()
    await trio.sleep(pace.rest_s)  # for its connections and its spare threads to end
    await client.get("/health")
    before = measure(server)
    logger.info("idle: %s, %s", _line({"at": 0, **before}), server.seen()[-1]["names"])
    return before


async def _run(server: WatchedServer, load: Load, pace: Pace, target: Optional[Path]) -> list[dict[str, float]]:
    """Load it, and measure."""
    samples: list[dict[str, float]] = []
    with trio.move_on_after(pace.minutes * 60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sample, server, samples, target, pace.every_s)
            nursery.start_soon(load.run)
    return samples


async def main(minutes: float, target: Optional[Path]) -> bool:
    """Soak a server in a directory of its own, and say in one line what was found; True when all is well."""
    with tempfile.TemporaryDirectory(prefix="callboard-") as name:
        outcome = await soak(Path(name), Pace(minutes), target)
    for one in (*outcome.wrong[:20], *outcome.left):
        logger.error("%s", one)
    logger.info("%s", outcome.line)
    return outcome.fine


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    given = sys.argv[1:]
    sys.exit(not trio.run(main, float(given[0]) if given else Pace.minutes, Path(given[1]) if given[1:] else None))
