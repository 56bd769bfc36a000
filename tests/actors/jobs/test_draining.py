"""Jobs of a server that is about to stop: none is started, none is taken but what had begun, and what runs may end."""

from pathlib import Path

import pytest
import trio

from actors.jobs.engines.base import Job, Output, Report
from actors.runtime.errors import Draining
from tests.actors.jobs.world import open_world, succeeds


async def test_what_runs_ends_and_what_waits_stays(tmp_path: Path) -> None:
    """And begins with the next server, in its turn, together with what was let in before the drain."""
    go_on = trio.Event()

    async def waits(job: Job, report: Report) -> Output:
        await go_on.wait()
        return await succeeds(job, report)

    async with open_world(tmp_path, waits, slots=1) as world:
        running, waiting = await world.accept(), await world.accept()
        await world.until_running(running)
        world.jobs.drain()
        with pytest.raises(Draining):
            await world.jobs.accept(world.upload("new"))
        with pytest.raises(Draining):
            world.jobs.check_room()
        begun = str((await world.jobs.accept(world.upload("begun"), begun=True))["id"])
        assert (world.jobs.running, world.jobs.queued, world.jobs.draining) == (1, 2, True)
        go_on.set()
        await world.jobs.until_idle()
        assert (await world.jobs.status(running))["state"] == "succeeded"
        for job in (waiting, begun):
            status = await world.jobs.status(job)
            assert (status["state"], status["attempt"]) == ("queued", 0)
        await world.restart()
        for job in (waiting, begun):
            status = await world.end(job)
            assert (status["state"], status["attempt"], status["crashes"]) == ("succeeded", 1, 0)


async def test_a_job_is_not_tried_again(tmp_path: Path) -> None:
    """It would be a new one; nothing is copied for it."""
    async with open_world(tmp_path) as world:
        job = await world.accept()
        await world.end(job)
        world.jobs.drain()
        with pytest.raises(Draining):
            await world.jobs.retry(job)
        assert [path.name for path in (tmp_path / "jobs").iterdir()] == [job]
        assert (await world.jobs.status(job))["state"] == "succeeded"
