"""A job's life: what it tells, how it ends, and that nothing is left of it."""

import errno
import os
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.jobs.engines.base import EngineFailed, Job, Log, Output, Progress, Report
from actors.runs.states import ATTEMPTS
from actors.runtime.errors import Conflict, StorageFull
from tests.actors.jobs.world import Body, Scripted, World, hangs, in_a_nursery, open_world, succeeds


async def fails(job: Job, report: Report) -> Output:
    """Say why there is no model."""
    raise EngineFailed("No pair of photos fits.", code="no_usable_pair", hint="Take more.")


async def has_a_bug(job: Job, report: Report) -> Output:
    """Crash."""
    raise ZeroDivisionError


async def lies(job: Job, report: Report) -> Output:
    """Return a model that is not there."""
    return Output(job.workdir / "nowhere.glb")


async def says_no_json(job: Job, report: Report) -> Output:
    """Return facts that the journal cannot keep."""
    return Output((await succeeds(job, report)).model, {"error": float("nan")})


async def reports_no_json(job: Job, report: Report) -> Output:
    """Report what the journal cannot keep, which is found where it is written: in the job's actor."""
    report(Progress("odd", 0.5, float("nan")))  # type: ignore[arg-type]  # engines are not checked at run time
    return await hangs(job, report)


async def test_events_from_queued_to_end(tmp_path: Path) -> None:
    """The first event says queued, the last one is the end, and their seqs are contiguous."""
    async with open_world(tmp_path) as world:
        job_id = await world.accept()
        events = await world.events(job_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert (events[0]["type"], events[0]["data"]["state"]) == ("state", "queued")
        states = [event["data"]["state"] for event in events if event["type"] == "state"]
        assert states == ["queued", "running", "succeeded"]
        assert (events[-1]["type"], events[-1]["data"]["state"]) == ("end", "succeeded")
        assert events[-1]["data"]["result"] == {"triangles": 1}
        status = await world.jobs.status(job_id)
        assert (status["state"], status["percent"], status["parameters"]) == ("succeeded", 100.0, {"value": 3})
        assert (await world.jobs.model(job_id)).read_bytes() == b"glTF"
        await world.nothing_left()


async def test_a_failure_is_a_result(tmp_path: Path) -> None:
    """An engine that cannot make a model ends the job at once, with its reason and code."""
    async with open_world(tmp_path, fails) as world:
        status = await world.end(await world.accept())
        assert (status["state"], status["attempt"], status["crashes"]) == ("failed", 1, 0)
        assert status["reason"] == "No pair of photos fits. Take more."
        assert status["result"] == {"code": "no_usable_pair"}
        await world.nothing_left()


@pytest.mark.parametrize("body", [has_a_bug, lies, says_no_json, reports_no_json])
async def test_crashes_are_tried_again_then_given_up(tmp_path: Path, body: Body) -> None:
    """A bug costs an attempt; after three the job is interrupted, and the server lives."""
    async with open_world(tmp_path, body) as world:
        job_id = await world.accept()
        status = await world.end(job_id)
        assert (status["state"], status["crashes"]) == ("interrupted", ATTEMPTS)
        assert world.engine.attempts == [1, 2, 3]
        assert "crashed" in status["reason"]
        assert "server ended" not in status["reason"]
        await world.nothing_left()
        world.engine.body = succeeds
        assert (await world.end(await world.accept()))["state"] == "succeeded"


async def test_a_second_attempt_can_succeed(tmp_path: Path) -> None:
    """A crash is not the end; what the second attempt makes counts, and the percent starts again."""

    async def crashes_once(job: Job, report: Report) -> Output:
        report(Progress("thinking", 0.9))
        if job.attempt == 1:
            raise ZeroDivisionError
        return await succeeds(job, report)

    async with open_world(tmp_path, crashes_once) as world:
        status = await world.end(await world.accept())
        assert (status["state"], status["attempt"], status["crashes"]) == ("succeeded", 2, 1)
        await world.nothing_left()


async def test_an_engine_that_is_gone(tmp_path: Path) -> None:
    """A job of an engine that this version no longer has fails, and says so."""
    async with open_world(tmp_path, hangs) as world:
        job_id = await world.accept()
        await world.supervisor.stop("jobs")
        world.engine.name = "another"
        world.fresh()
        await world.start()
        status = await world.end(job_id)
        assert (status["state"], status["result"]) == ("failed", {"code": "no_such_engine"})


async def test_floods_are_bounded(tmp_path: Path) -> None:
    """A hundred thousand reports make few events; lines that were left out are counted."""

    async def floods(job: Job, report: Report) -> Output:
        for number in range(50_000):
            report(Progress(f"stage {number % 200}", number / 50_000))
            report(Log("debug", "x" * 5000))
        return await succeeds(job, report)

    async with open_world(tmp_path, floods) as world:
        events = await world.events(await world.accept())
        assert len(events) < 400
        lines = [event["data"]["message"] for event in events if event["type"] == "log"]
        assert max(len(line) for line in lines) <= 2000
        assert any("left out" in line for line in lines)
        assert events[-1]["type"] == "end"


async def test_lines_leave_a_few_times_a_second(tmp_path: Path) -> None:
    """An engine that only writes lines is held back as one that only reports progress is."""

    async def talks(job: Job, report: Report) -> Output:
        for _ in range(100):
            report(Log("info", "a line"))
            await trio.sleep(0.003)  # as an engine that works
        return await succeeds(job, report)

    async with open_world(tmp_path, talks) as world:
        writes = 0
        publish = world.journal.on_commit

        def count(*args: object) -> None:
            nonlocal writes
            writes += 1
            publish(*args)  # type: ignore[arg-type]  # passed on

        world.journal.on_commit = count
        started = trio.current_time()
        events = await world.events(await world.accept())
        assert sum(event["type"] == "log" for event in events) >= 100
        assert writes <= 50 * (trio.current_time() - started) + 5


async def test_positions_in_the_queue(tmp_path: Path) -> None:
    """Who waits knows its place, and moves up."""
    async with open_world(tmp_path, hangs, slots=1) as world:
        ids = [await world.accept() for _ in range(3)]
        await world.until_running(ids[0])
        assert [(await world.jobs.status(job_id))["queue_position"] for job_id in ids] == [0, 1, 2]
        assert await world.jobs.cancel(ids[1])
        assert (await world.jobs.status(ids[2]))["queue_position"] == 1
        assert await world.jobs.cancel(ids[0])
        await world.until_running(ids[2])
        assert (await world.jobs.status(ids[2]))["queue_position"] == 0
        await world.jobs.cancel(ids[2])
        waiting = [event["data"].get("queue_position") for event in await world.events(ids[2])]
        assert waiting[-1] is None
        assert 1 in waiting
        await world.nothing_left()


@pytest.mark.parametrize("body", [hangs, in_a_nursery])
async def test_cancel_while_it_runs(tmp_path: Path, body: Body) -> None:
    """A cancel is answered when the job has ended, which it tells; a second one finds it ended."""
    async with open_world(tmp_path, body) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        assert await world.jobs.cancel(job_id)
        status = await world.jobs.status(job_id)
        assert (status["state"], status["reason"]) == ("cancelled", "Cancelled on request.")
        assert not await world.jobs.cancel(job_id)
        await world.nothing_left()


async def test_many_cancel_at_once(tmp_path: Path) -> None:
    """All who cancel are answered."""
    async with open_world(tmp_path, hangs) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(world.jobs.cancel, job_id)
        assert (await world.jobs.status(job_id))["state"] == "cancelled"


async def test_cancel_between_two_lives_of_its_actor(tmp_path: Path) -> None:
    """As after a crash: it is cancelled when it is back, and refused when it does not come back."""
    async with open_world(tmp_path, hangs) as world:
        job_id = await world.accept()
        await world.until_running(job_id)
        mailboxes = world.jobs._context.mailboxes._mailboxes
        mailbox = mailboxes.pop(job_id)
        with pytest.raises(Conflict, match="about to start again"):
            await world.jobs.cancel(job_id)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.jobs.cancel, job_id)
            await trio.testing.wait_all_tasks_blocked()
            mailboxes[job_id] = mailbox
        assert (await world.jobs.status(job_id))["state"] == "cancelled"


async def test_cancel_of_an_engine_that_takes_its_time(tmp_path: Path) -> None:
    """Status and other jobs do not wait for an engine that is slow to end."""
    hold = trio.Event()

    async def ignores(job: Job, report: Report) -> Output:
        with trio.move_on_after(10, shield=True):
            await hold.wait()
        return await succeeds(job, report)

    async with open_world(tmp_path, ignores) as world, trio.open_nursery() as nursery:
        job_id = await world.accept()
        await world.until_running(job_id)
        nursery.start_soon(world.jobs.cancel, job_id)
        await trio.testing.wait_all_tasks_blocked()
        assert (await world.jobs.status(job_id))["state"] == "running"
        hold.set()
        assert (await world.end(job_id))["state"] == "cancelled"
        await world.nothing_left()


async def test_cancel_when_it_ends_by_itself(tmp_path: Path) -> None:
    """A cancel that comes when the end is being written changes nothing, and removes nothing."""
    async with open_world(tmp_path) as world:
        entered = trio.Event()

        async def holds_the_disk(job: Job, report: Report) -> Output:
            output = await succeeds(job, report)
            world.journal.full = 2
            entered.set()
            return output

        world.engine.body = holds_the_disk
        job_id = await world.accept()
        await entered.wait()
        assert await world.jobs.cancel(job_id)
        assert (await world.jobs.status(job_id))["state"] in ("succeeded", "cancelled")
        await world.nothing_left()


async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """What could not be written is written when there is room again."""
    async with open_world(tmp_path) as world:

        async def while_full(job: Job, report: Report) -> Output:
            world.journal.full = 2
            return await succeeds(job, report)

        world.engine.body = while_full
        events = await world.events(await world.accept())
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["type"] for event in events[-2:]] == ["state", "end"]
        assert any(event["type"] == "progress" for event in events)
        await world.nothing_left()


async def test_an_upload_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """What could not be accepted is gone: no directory, no topic, no mailbox."""
    async with open_world(tmp_path) as world:
        world.journal.full = 1
        with pytest.raises(StorageFull):
            await world.accept()
        assert not list((tmp_path / "jobs").iterdir())
        assert await world.jobs.page() == []
        await world.nothing_left()


async def test_remove(tmp_path: Path) -> None:
    """A job that was removed is unknown, and its directory is gone."""
    async with open_world(tmp_path) as world:
        job_id = await world.accept()
        await world.end(job_id)
        await world.jobs.remove(job_id)
        assert await world.jobs.page() == []
        assert not list((tmp_path / "jobs").iterdir())
        await world.nothing_left()


def test_the_scripted_engine_is_an_engine(tmp_path: Path) -> None:
    """It has all that an engine has."""
    assert World(tmp_path, Scripted(succeeds)).jobs.engines["scripted"].availability().available


async def test_a_disk_without_room_for_the_engine_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    """Trying it three times in a row would help nobody; what to do is said."""

    async def finds_no_room(job: Job, report: Report) -> Output:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with open_world(tmp_path, finds_no_room) as world:
        status = await world.end(await world.accept())
        assert (status["state"], status["attempt"], status["crashes"]) == ("failed", 1, 0)
        assert "Free some space" in status["reason"]
        await world.nothing_left()
