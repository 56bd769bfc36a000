"""A crowd: jobs that run, ten times as many that wait, and two subscribers for each; and how the server is meanwhile.

Run by hand: `python -m tests.faults.crowd [RUNNING] [QUEUED] [SUBSCRIBERS]`, by default 100, 1000 and 2000. Nothing may
be lost, each cancel is timed, and so is `/health`, by a process of its own, beside the same of the idle server. It ends
with 1, and says why, when something was lost, a cancel or `/health` took too long, or so many never ran and waited at
once. Where the machine has much else to do it says so, and does not judge `/health`.
"""

import json
import logging
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import trio

from tests.e2e.jobs import ready, upload_many
from tests.e2e.processes import processor_time
from tests.e2e.reader import Reader
from tests.e2e.server import calling
from tests.faults.clients import keep_asking
from tests.faults.crowd_figures import Found, Size
from tests.faults.eye import ROOT, WatchedServer, watched
from tests.waiting import until

logger = logging.getLogger(__name__)

IDLE_S = 5.0
ASKED = 20
"""Cancels of running jobs, and as many of queued ones."""

LONGEST_S = 1800.0


async def ask(port: int, seconds: float) -> list[float]:
    """Have a process of its own ask for the server's health for so long, or until cancelled; the seconds of each."""
    command = [sys.executable, "-m", "tests.faults.crowd", "health", str(port), str(seconds)]
    done = await trio.run_process(command, capture_stdout=True, cwd=ROOT)
    times: list[float] = json.loads(done.stdout)
    return times


async def write_health(port: int, seconds: float) -> None:
    """What that process does."""
    times: list[float] = []
    with trio.move_on_after(seconds):
        await keep_asking(port, times)
    sys.stdout.write(json.dumps(times))


async def cancel(client: httpx.AsyncClient, job: str) -> float:
    """Cancel a job; the seconds until it is over, which is later than the answer where the disk is slow."""
    began = time.perf_counter()
    answer = await client.delete(f"/jobs/{job}", params={"cancel_only": "true"})
    if answer.status_code not in (200, 202):
        raise RuntimeError(f"{job}: {answer.status_code} {answer.text}")

    async def is_over() -> bool:
        return bool((await client.get(f"/jobs/{job}")).json()["state"] == "cancelled")

    if answer.status_code == 202:
        await until(is_over, 60, f"the end of {job}")
    return time.perf_counter() - began


class Crowd:
    """One crowd at one server.

    Args:
        server: Theirs.
        client: Calls it.
        size: How many they are.
    """

    def __init__(self, server: WatchedServer, client: httpx.AsyncClient, size: Size) -> None:
        self._server = server
        self._client = client
        self._size = size
        self._chance = random.Random(1)
        self.found = Found()
        self.readers: list[Reader] = []

    async def run(self) -> Found:
        """From the first upload to the last end."""
        load = os.getloadavg()[0]
        self.found.idle = await ask(self._server.port, IDLE_S)
        began, used = time.monotonic(), processor_time(self._server.pid)
        first = await upload_many(self._client, self._size.running, speed=self._size.speed, steps=60, detail=0)
        waiting = await upload_many(self._client, self._size.queued, speed=self._size.short, steps=20, detail=0)
        logger.info("%d run and %d wait after %.0f s", *await self._together(), time.monotonic() - began)
        await self._follow(first, waiting)
        self.found.seconds = time.monotonic() - began
        self.found.processor = processor_time(self._server.pid) - used
        self.found.load = max(load, os.getloadavg()[0])
        self._count()
        return self.found

    async def _together(self) -> tuple[int, int]:
        """How many jobs run, and how many wait."""
        jobs = (await ready(self._client))["jobs"]
        return int(jobs["running"]), int(jobs["queued"])

    async def _follow(self, first: Sequence[str], waiting: Sequence[str]) -> None:
        """Have all followed to the end, with cancels meanwhile, and with somebody who asks all along."""
        every = [*first, *waiting]
        self.readers = [Reader(every[number % len(every)]) for number in range(self._size.subscribers)]
        ended = trio.Event()
        async with trio.open_nursery() as asking:
            asking.start_soon(self._ask_until, ended)
            with trio.fail_after(LONGEST_S):
                async with trio.open_nursery() as nursery:
                    for reader in self.readers:
                        nursery.start_soon(self._read, reader)
                    await until(lambda: all(reader.status for reader in self.readers), 600, "the upgrade of all")
                    self.found.together = await self._together()
                    self.found.memory = self._server.rss
                    await self._cancel(first, waiting)
            ended.set()

    async def _read(self, reader: Reader) -> None:
        """Follow to the end, and come back when the connection breaks off."""
        while not reader.types or reader.types[-1] != "end":
            await reader.follow(self._server.port)

    async def _ask_until(self, ended: trio.Event) -> None:
        while not ended.is_set():
            self.found.busy += await ask(self._server.port, IDLE_S)

    async def _cancel(self, first: Sequence[str], waiting: Sequence[str]) -> None:
        count = min(ASKED, self._size.running // 4)
        for job in self._chance.sample(waiting, count):
            self.found.queued.append(await cancel(self._client, job))
        # After those that wait: each of these makes room for one that waits.
        for job in self._chance.sample(first, count):
            self.found.running.append(await cancel(self._client, job))

    def _count(self) -> None:
        ends: dict[str, set[int]] = {}
        for reader in self.readers:
            ends.setdefault(reader.job, set()).add(reader.last)
        self.found.lost = [one.job for one in self.readers if not one.whole or len(ends[one.job]) > 1]
        self.found.events = sum(len(reader.seqs) for reader in self.readers)
        seen = self._server.seen()
        self.found.longest = max((line["longest"] for line in seen), default=0.0)
        self.found.stalls = [stall for line in seen for stall in line["stalls"]]


async def crowd(folder: Path, size: Size) -> Found:
    """Have a crowd at a server in this directory."""
    total = size.running + size.queued
    settings = {
        "jobs_at_once": size.running,
        "jobs_queued": total,
        "keep_jobs": 2 * total,
        "connections": 2 * size.subscribers + 200,
        **({"EYE_STACKS": "1"} if os.environ.get("EYE_STACKS") else {}),
    }
    async with watched(folder / "data", **settings) as server, calling(server) as client:
        found = await Crowd(server, client, size).run()
        if "Traceback" in server.said:
            raise RuntimeError(server.said[-3000:])
    return found


def use_all_descriptors() -> None:
    """Each subscriber is one here, and one in the server, which inherits the limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def main(size: Size) -> bool:
    """Have one crowd; True when nothing was lost, and nothing took too long."""
    with tempfile.TemporaryDirectory(prefix="callboard-") as name:
        found = await crowd(Path(name), size)
    for stall in sorted(set(found.stalls)):
        logger.info("%d times: %s", found.stalls.count(stall), stall)
    logger.info("%d running, %d queued, %d subscribers: %s", size.running, size.queued, size.subscribers, found.line)
    problems, busy = found.problems(size), found.too_busy()
    for problem in problems:
        logger.error("NOT WELL: %s", problem)
    if busy:
        logger.warning("the machine was too busy to judge health: %s", busy)
    return not problems


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel("WARNING")
    if sys.argv[1:2] == ["health"]:
        trio.run(write_health, int(sys.argv[2]), float(sys.argv[3]))
    else:
        use_all_descriptors()
        sys.exit(not trio.run(main, Size(*map(int, sys.argv[1:4]))))
