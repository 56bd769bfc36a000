"""What becomes of jobs when the server stops, is killed, and starts again."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.jobs.engines.base import Job, Output, Report
from actors.journal.base import Change, Record
from actors.runtime.errors import Busy, CallboardError
from actors.runtime.supervisor import ChildSpec
from tests.actors.jobs.world import Body, World, hangs, in_a_nursery, open_world, succeeds
from tests.waiting import until


async def bad_loser(job: Job, report: Report) -> Output:
    """Crash when it is cancelled."""
    try:
        return await hangs(job, report)
    finally:
        raise ZeroDivisionError


async def _record(world: World, job_id: str) -> Record:
    record = await world.journal.get(job_id)
    assert record is not None
    return record


@pytest.mark.parametrize("body", [hangs, in_a_nursery])
async def test_a_stop_is_nobodys_fault(tmp_path: Path, body: Body) -> None:
    """A job that ran when the server stopped is queued again, no crash is counted, and it goes on at the next start."""
    async with open_world(tmp_path, body) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        await world.supervisor.stop("jobs")
        record = await _record(world, job_id)
        assert (record.state, record.snapshot["crashes"], record.snapshot["attempt"]) == ("queued", 0, 1)
        world.engine.body = succeeds
        world.fresh()
        await world.start()
        status = await world.end(job_id)
        assert (status["state"], status["attempt"], status["crashes"]) == ("succeeded", 2, 0)
        await world.nothing_left()


async def test_an_engine_that_crashes_at_the_stop(tmp_path: Path) -> None:
    """The journal does not say that a job runs when the server has stopped, whatever its engine did last."""
    async with open_world(tmp_path, bad_loser) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        await world.supervisor.stop("jobs")
        assert (await _record(world, job_id)).state == "queued"


async def test_all_stop_at_once(tmp_path: Path) -> None:
    """Jobs that take a moment to end take it together: the journal must outlive them all."""
    ending, together = 0, trio.Event()

    async def slow_to_end(job: Job, report: Report) -> Output:
        nonlocal ending
        try:
            return await hangs(job, report)
        finally:
            ending += 1
            if ending == 12:
                together.set()
            with trio.fail_after(4, shield=True):
                await together.wait()  # for ever, where one waits for the end of another
                await trio.sleep(0.3)  # the moment

    async with open_world(tmp_path, slow_to_end, slots=12) as world:
        ids = [await world.accept() for _ in range(12)]
        await until(lambda: world.engine.running == 12)
        assert await world.supervisor.stop("jobs")
        assert (together.is_set(), world.engine.attempts) == (True, [1] * 12)
        assert {(await _record(world, job_id)).state for job_id in ids} == {"queued"}


async def test_a_killed_server_counts_as_a_crash(tmp_path: Path) -> None:
    """What ran when the server was killed is told truthfully right after the start, and given up the third time."""
    async with open_world(tmp_path, hangs) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        await world.supervisor.stop("jobs")
        for crashes in (1, 2, 3):
            record = await _record(world, job_id)
            killed = {**record.snapshot, "state": "running", "attempt": crashes}
            await world.journal.write(Change(job_id, "running", crashes, killed))
            world.fresh()
            await world.start()
            status = await world.jobs.status(job_id)
            assert status["state"] != "running"
            if crashes < 3:
                await world.until_running(job_id)
                assert (await world.jobs.status(job_id))["crashes"] == crashes
                assert "the server ended while it ran" in str((await _record(world, job_id)).snapshot["reason"])
                await world.supervisor.stop("jobs")
        status = await world.end(job_id)
        assert (status["state"], status["crashes"]) == ("interrupted", 3)
        assert [event["type"] for event in await world.events(job_id)][-1] == "end"
        await world.nothing_left()


async def test_the_queue_keeps_its_order(tmp_path: Path) -> None:
    """Jobs go on in the order in which they were accepted, and their streams go on where they were."""
    async with open_world(tmp_path, hangs, slots=1) as world:
        ids = [await world.accept() for _ in range(4)]
        await world.until_running(ids[0])
        before = (await world.streams.open(ids[3])).last_seq
        await world.restart()
        await world.until_running(ids[0])
        assert [(await world.jobs.status(job_id))["queue_position"] for job_id in ids] == [0, 1, 2, 3]
        world.engine.body = succeeds
        await world.jobs.cancel(ids[0])
        events = await world.events(ids[3])
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert len(events) > before
        await world.nothing_left()


async def test_a_place_in_the_queue_is_told_once(tmp_path: Path) -> None:
    """With the first event, and not again by a server that starts anew."""
    async with open_world(tmp_path, hangs, slots=1) as world:
        first, second, third = [await world.accept() for _ in range(3)]
        await world.until_running(first)
        await world.restart()
        await world.until_running(first)
        for position, job_id in ((1, second), (2, third)):
            told = {"state": "queued", "attempt": 0, "reason": "", "queue_position": position}
            assert [(event["type"], event["data"]) for event in await _told(world, job_id)] == [("state", told)]
        await world.jobs.cancel(first)
        await world.until_running(second)
        await until(lambda: world.streams.snapshot(third)["queue_position"] == 1)
        assert [event["data"].get("queue_position") for event in await _told(world, third)] == [2, 1]
        await world.jobs.cancel(second)
        await world.jobs.cancel(third)
        await world.nothing_left()


async def _told(world: World, job_id: str) -> list[dict[str, Any]]:
    return [entry.decoded() for entry in (await world.journal.read_events(job_id, 0, 10)).entries]


async def test_stopped_means_busy(tmp_path: Path) -> None:
    """A server that stops takes no jobs, and nothing is left of what came too late."""
    async with open_world(tmp_path, hangs) as world:
        await world.supervisor.stop("jobs")
        with pytest.raises(Busy):
            await world.accept()
        assert not list((tmp_path / "jobs").iterdir())


async def test_a_stop_between_commit_and_start(tmp_path: Path) -> None:
    """A job is accepted as a whole or not at all, even when the server stops right after it was written."""
    async with open_world(tmp_path, hangs) as world:
        publish = world.journal.on_commit
        stopping: list[bool] = []

        async with trio.open_nursery() as nursery:

            def stop_now(*args: object) -> None:
                publish(*args)  # type: ignore[arg-type]  # passed on
                if not stopping:
                    stopping.append(True)
                    nursery.start_soon(world.supervisor.stop, "jobs")

            world.journal.on_commit = stop_now
            accepted = ""
            with suppress(CallboardError):
                accepted = await world.accept()
        kept = [str(snapshot["id"]) for _, snapshot in await world.jobs.page()]
        assert kept == ([accepted] if accepted else [])
        assert [path.name for path in (tmp_path / "jobs").iterdir()] == kept


async def test_a_restart_of_the_journal_during_accept(tmp_path: Path) -> None:
    """When it is not known whether a job was written, and the client is told that it failed, it is gone."""
    async with open_world(tmp_path, hangs) as world:
        upload = world.upload()
        publish, bad = world.journal.on_commit, [True]

        def crash_once(*args: object) -> None:
            if bad:
                bad.clear()
                raise ZeroDivisionError
            publish(*args)  # type: ignore[arg-type]  # passed on

        world.journal.on_commit = crash_once
        # In memory, the journal would forget by itself; a file is what has it.
        world.journal._path = tmp_path / "journal.sqlite3"
        await world.supervisor.stop("journal")
        await world.supervisor.start(ChildSpec("journal", world.journal.run))
        with pytest.raises(Busy):
            await world.jobs.accept(upload)
        assert await world.jobs.page() == []
        assert not list((tmp_path / "jobs").iterdir())
        await world.nothing_left()


async def test_a_record_that_cannot_be_read_keeps_nobody_from_going_on(tmp_path: Path) -> None:
    """It ends with the truth; the others are resumed."""
    async with open_world(tmp_path, hangs) as world:
        await world.journal.write(Change("job-odd", "queued", 0, {}, kind="job", request={"engine": 1}, create=True))
        job_id = await world.accept()
        await world.until_running(job_id)
        world.engine.body = succeeds
        await world.restart()
        assert (await world.end(job_id))["state"] == "succeeded"
        record = await _record(world, "job-odd")
        assert record.state == "interrupted"
        assert "cannot be read" in record.snapshot["reason"]
        assert len(world.streams) == 0


async def test_a_reason_that_is_over_is_not_repeated(tmp_path: Path) -> None:
    """Once it runs again, the stop of the server explains nothing any more."""
    async with open_world(tmp_path, hangs) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        await world.restart()
        await world.until_running(job_id)
        status = await world.jobs.status(job_id)
        assert (status["attempt"], status["reason"]) == (2, "")


async def test_a_full_disk_does_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    """What became of the job cannot be written yet, and is told all the same; it goes on when there is room."""
    async with open_world(tmp_path, hangs) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        await world.supervisor.stop("jobs")
        record = await _record(world, job_id)
        await world.journal.write(Change(job_id, "running", 1, {**record.snapshot, "state": "running"}))
        world.fresh()
        world.journal.full = 1_000_000
        await world.start()
        assert (await world.jobs.status(job_id))["state"] == "queued"
        assert [snapshot["state"] for _, snapshot in await world.jobs.page()] == ["queued"]
        world.journal.full = 0
        await world.until_running(job_id)
        assert (await _record(world, job_id)).snapshot["crashes"] == 1
