"""What is kept of ended jobs, and what is removed."""

import math
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from actors.janitor import Ended, Janitor, Retention, expired
from actors.runtime.errors import NotFound
from tests.actors.jobs.world import hangs, open_world, succeeds
from tests.waiting import until

NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)
JOBS = st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), max_size=20)


def _ended(jobs: list[tuple[float, int]]) -> list[Ended]:
    return [Ended(f"job-{number}", NOW - timedelta(days=age), size) for number, (age, size) in enumerate(jobs)]


@given(JOBS, st.floats(0.1, 100), st.integers(1, 10), st.integers(0, 200))
def test_expired(jobs: list[tuple[float, int]], days: float, count: int, size: int) -> None:
    """What is kept is within all three limits, and what is removed had to be, the oldest first."""
    ended = _ended(jobs)
    gone = expired(ended, Retention(days, count, size), NOW)
    assert len(set(gone)) == len(gone)
    kept = [job for job in ended if job.id not in gone]
    assert len(kept) <= count
    assert sum(job.size for job in kept) <= size
    assert all((NOW - job.updated).total_seconds() <= days * 86400 for job in kept)
    times = {job.id: job.updated for job in ended}
    assert [times[job_id] for job_id in gone] == sorted(times[job_id] for job_id in gone)
    if len(ended) <= count and sum(job.size for job in ended) <= size:
        assert all((NOW - times[job_id]).total_seconds() > days * 86400 for job_id in gone)


@pytest.mark.parametrize("days", [1e5, 1e6, 1e12, math.inf])
def test_for_ever(days: float) -> None:
    """Longer than there are dates is for ever, and no error."""
    assert expired(_ended([(1.0, 1), (99.0, 1)]), Retention(days, 10, 10), NOW) == []


async def test_clean(tmp_path: Path) -> None:
    """The oldest ended jobs go, with their directories; who runs is left alone."""
    async with open_world(tmp_path, slots=4) as world:
        ids = [await world.accept() for _ in range(3)]
        for job_id in ids:
            await world.end(job_id)
        world.engine.body = hangs
        running = await world.accept()
        await world.until_running(running)
        assert await Janitor(((world.jobs, Retention(30, 1, 1 << 30)),)).clean() == 2
        assert {path.name for path in (tmp_path / "jobs").iterdir()} & set(ids) != set()
        assert len(list((tmp_path / "jobs").iterdir())) == 2
        assert (await world.jobs.status(running))["state"] == "running"
        for job_id in set(ids) - {path.name for path in (tmp_path / "jobs").iterdir()}:
            with pytest.raises(NotFound):
                await world.jobs.status(job_id)


async def test_rounds(tmp_path: Path) -> None:
    """A round that fails is no reason to end."""
    async with open_world(tmp_path, succeeds) as world:
        await world.end(await world.accept())
        connection, world.journal._reader = world.journal._reader, None
        async with trio.open_nursery() as nursery:
            await nursery.start(Janitor(((world.jobs, Retention(30, 1, 1)),), every=0.01).run)
            await trio.testing.wait_all_tasks_blocked()
            world.journal._reader = connection
            await until(lambda: not list((tmp_path / "jobs").iterdir()))
            nursery.cancel_scope.cancel()
