"""Many jobs, each with some subscribers: everyone sees everything, and nothing of it stays behind.

`TEST_CROWD` makes it smaller or larger, and `TEST_FIGURES` names a file to write the figures to.
"""

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from tests.e2e.figures import note
from tests.e2e.jobs import ready, until_states, upload_many
from tests.e2e.processes import processor_time
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

JOBS = int(os.environ.get("TEST_CROWD", "200"))
SUBSCRIBERS = 5
GROWTH = 12 * 1024 * 1024
"""Bytes that a second round of the same may add to the server's memory."""


@dataclass
class Figures:
    """What a round cost.

    Attributes:
        seconds: By the clock, from the first upload.
        processor: Seconds of processor time of the server.
        memory: Bytes, when all had gone.
        peak: Bytes, while all were there.
        events: That the subscribers got, together.
    """

    seconds: float
    processor: float
    memory: int
    peak: int
    events: int


async def _round(server: ServerProcess, number: int) -> Figures:
    started, used = time.monotonic(), processor_time(server.pid)
    async with calling(server) as client:
        ids = await upload_many(client, JOBS, speed=min(1.5, JOBS / 100), steps=20, detail=0)
    readers = [Reader(job) for job in ids for _ in range(SUBSCRIBERS)]
    async with trio.open_nursery() as nursery:
        for reader in readers:
            nursery.start_soon(reader.follow, server.port)
        await until(lambda: all(reader.status == 101 for reader in readers), 60, "the upgrade of all")
        peak = server.rss
    assert [reader.job for reader in readers if not reader.whole] == []
    assert {tuple(reader.codes) for reader in readers} == {(1000,)}
    by_job: dict[str, set[int]] = {}
    for reader in readers:
        by_job.setdefault(reader.job, set()).add(reader.last)
    assert all(len(ends) == 1 for ends in by_job.values())
    async with calling(server) as client:
        await until_states(client, {"succeeded"})
        assert (await ready(client))["streams"] == 0
    figures = Figures(
        round(time.monotonic() - started, 1),
        round(processor_time(server.pid) - used, 1),
        server.rss,
        peak,
        sum(len(reader.seqs) for reader in readers),
    )
    note({"round": number, "jobs": JOBS, "subscribers": len(readers), **vars(figures)})
    return figures


@pytest.mark.real
@pytest.mark.slow
async def test_a_crowd_sees_everything_and_leaves_nothing(tmp_path: Path) -> None:
    """Twice, in one server: the second time finds everything as the first one did."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        async with serving(tmp_path / "data", jobs_at_once=JOBS) as server:
            await _crowds(server)
            assert server.said.count("Traceback") == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _crowds(server: ServerProcess) -> None:
    async with calling(server) as client:
        await upload_many(client, 4, speed=0)
        await until_states(client, {"succeeded"})
    await until(lambda: server.fds < 60, what="the closing of the first connections")
    fds, family = server.fds, server.family()
    first = await _round(server, 1)
    second = await _round(server, 2)
    await until(lambda: server.fds <= fds, 20, f"the return to {fds} descriptors")
    # What the server looks for when it starts may have been among them, and have ended since.
    await until(lambda: server.family() <= family, what="the end of all that the crowd had started")
    assert second.memory - first.memory < GROWTH, (first, second)
    server.assert_tidy()
