"""Cancelled at every checkpoint of a job's life: nothing is left, and the journal tells the truth."""

from collections.abc import Callable
from pathlib import Path

import trio

from actors.jobs.engines.base import Job, Log, Output, Progress, Report
from actors.runtime.errors import CallboardError, Conflict
from tests.actors.jobs.world import Steps, World, open_world, succeeds
from tests.waiting import until

_FAR = 400
"""More steps than a job's life has."""


async def _works(job: Job, report: Report) -> Output:
    """An engine with a nursery and a few checkpoints."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)
        for number in range(3):
            report(Progress("work", number / 3))
            report(Log("info", "on it"))
            await trio.lowlevel.checkpoint()
    return await succeeds(job, report)


def _steps(at: int, act: Callable[[], None]) -> Steps:
    steps = Steps(at, act)
    trio.lowlevel.add_instrument(steps)
    return steps


async def _stop_at(world: World, at: int) -> bool:
    """Stop the server at a step of a job's life, and see it go on after the next start; False when it was over."""
    stop = trio.Event()
    job_id = ""
    async with trio.open_nursery() as nursery:

        async def stopping() -> None:
            await stop.wait()
            await world.supervisor.stop("jobs")

        nursery.start_soon(stopping)
        steps = _steps(at, stop.set)
        try:
            job_id = await world.accept()
            await until(lambda: stop.is_set() or world.context.mailboxes.get(job_id) is None)
        except CallboardError:
            pass  # not accepted: then there must be nothing of it
        finally:
            reached = stop.is_set()
            trio.lowlevel.remove_instrument(steps)
            stop.set()
    assert len(world.context.mailboxes) == 0
    assert (world.admission.running, world.admission.queued, world.engine.running) == (0, 0, 0)
    records = await world.journal.records("job", limit=1)
    kept = {path.name for path in (world.root / "jobs").iterdir()}
    if job_id:
        assert records[0].id == job_id
        assert records[0].state in ("queued", "succeeded")
        assert records[0].snapshot["crashes"] == 0
    assert len(kept) == len(await world.journal.records("job", limit=1000))
    world.fresh()
    await world.start()
    if job_id:
        status = await world.end(job_id)
        assert (status["state"], status["crashes"]) == ("succeeded", 0)
    await world.nothing_left()
    return reached


async def test_the_server_stops_at_every_checkpoint(tmp_path: Path) -> None:
    """A job that was accepted succeeds after the next start, without a crash on its account."""
    async with open_world(tmp_path, _works) as world:
        at = 1
        while await _stop_at(world, at):
            at += 1
        assert 20 < at < _FAR


async def _cancel_at(world: World, at: int) -> bool:
    """Cancel a job at a step of its life; False when it was over."""
    now = trio.Event()
    job_id = await world.accept()
    steps = _steps(at, now.set)
    try:
        await until(lambda: now.is_set() or world.context.mailboxes.get(job_id) is None)
    finally:
        reached = now.is_set()
        trio.lowlevel.remove_instrument(steps)
    cancelled = await world.jobs.cancel(job_id)
    record = await world.journal.get(job_id)
    assert record is not None
    assert record.state in (("cancelled", "succeeded") if cancelled else ("succeeded",))
    assert (await world.events(job_id))[-1]["data"]["state"] == record.state
    if record.state == "succeeded":
        assert (await world.jobs.model(job_id)).exists()
    else:
        try:
            await world.jobs.model(job_id)
        except Conflict:
            pass
        else:
            raise AssertionError("a cancelled job has no model")
    await world.nothing_left()
    return reached


async def test_cancelled_at_every_checkpoint(tmp_path: Path) -> None:
    """It is cancelled, or had succeeded; its stream ends with what is true."""
    async with open_world(tmp_path, _works) as world:
        at = 1
        while await _cancel_at(world, at):
            at += 1
        assert 10 < at < _FAR


async def _leave_at(world: World, at: int) -> bool:
    """Let the client leave at a step of the acceptance; False when it was over."""
    before = len(await world.jobs.page())
    with trio.CancelScope() as scope:
        upload = world.upload()
        steps = _steps(at, scope.cancel)
        try:
            await world.jobs.accept(upload)
        finally:
            trio.lowlevel.remove_instrument(steps)
    records = await world.jobs.page(limit=500)
    kept = {path.name for path in (world.root / "jobs").iterdir()}
    assert kept == {str(snapshot["id"]) for _, snapshot in records}
    if len(records) > before:
        assert (await world.end(str(records[0][1]["id"])))["state"] == "succeeded"
    else:
        # Whose upload it is has not changed hands.
        for path in upload.directory.iterdir():
            path.unlink()
        upload.directory.rmdir()
    await world.nothing_left()
    return steps.reached


async def test_the_client_leaves_at_every_checkpoint(tmp_path: Path) -> None:
    """A job is accepted as a whole, or not at all."""
    async with open_world(tmp_path) as world:
        at = 1
        while await _leave_at(world, at):
            at += 1
        assert 3 < at < _FAR
