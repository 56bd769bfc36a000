"""A job that is tried again: the same photos, which outlive either job, and nothing left of what fails."""

import errno
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.jobs import files
from actors.jobs.engines.base import EngineFailed, Job, Output, Report
from actors.runtime.errors import Busy, CallboardError, Conflict, InvalidInput, NotFound, StorageFailed, StorageFull
from tests.actors.jobs.world import Steps, World, hangs, open_world, succeeds

Usage = namedtuple("Usage", "total used free")


async def fails(job: Job, report: Report) -> Output:
    """Make nothing of the photos."""
    raise EngineFailed("No.", code="no")


def photos(world: World, job_id: str) -> list[Path]:
    """A job's photos."""
    return sorted((world.root / "jobs" / job_id / "images").iterdir())


def shared(world: World, one: str, other: str) -> bool:
    """Whether two jobs have one file for their photo."""
    return photos(world, one)[0].samefile(photos(world, other)[0])


def names(world: World) -> set[str]:
    """What is in the directory of the jobs."""
    return {path.name for path in (world.root / "jobs").iterdir()}


def refuse_links(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Be a file system that answers each link with an error."""

    def link(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)


async def test_the_same_photos_and_parameters(tmp_path: Path) -> None:
    """However the first one ended; and the new one can be tried again too."""
    async with open_world(tmp_path, fails) as world:
        first = await world.accept()
        assert (await world.end(first))["state"] == "failed"
        world.engine.body = succeeds
        again = await world.jobs.retry(first)
        assert again["id"] != first
        assert (again["state"], again["engine"], again["parameters"]) == ("queued", "scripted", {"value": 3})
        end = await world.end(again["id"])
        assert (end["state"], end["images"], end["bytes"], end["attempt"]) == ("succeeded", 1, 5, 1)
        assert [path.read_bytes() for path in photos(world, again["id"])] == [b"photo"]
        assert shared(world, first, again["id"])
        third = await world.jobs.retry(again["id"])
        assert (await world.end(third["id"]))["state"] == "succeeded"
        await world.nothing_left()


async def test_it_does_not_need_the_first_one(tmp_path: Path) -> None:
    """Nor the other way round, removed while it waits for its turn, or after a restart."""
    async with open_world(tmp_path, succeeds, slots=1) as world:
        first = await world.accept()
        await world.end(first)
        world.engine.body = hangs
        running = (await world.jobs.retry(first))["id"]
        waiting = (await world.jobs.retry(first))["id"]
        await world.until_running(running)
        await world.jobs.remove(first)
        world.engine.body = succeeds
        await world.restart()
        assert (await world.end(running))["state"] == "succeeded"
        assert (await world.end(waiting))["state"] == "succeeded"
        await world.jobs.remove(running)
        assert [path.read_bytes() for path in photos(world, waiting)] == [b"photo"]
        with pytest.raises(NotFound):
            await world.jobs.retry(first)


async def test_what_is_to_be_different(tmp_path: Path) -> None:
    """Named parameters; the others stay. What does not fit is refused, and leaves nothing."""
    async with open_world(tmp_path) as world:
        first = await world.accept()
        await world.end(first)
        assert (await world.jobs.retry(first, "scripted", {"value": 7}))["parameters"] == {"value": 7}
        # As in a form: a field that is left empty is not given.
        assert (await world.jobs.retry(first, None, {"value": ""}))["parameters"] == {"value": 0}
        assert (await world.jobs.retry(first, None, {}))["parameters"] == {"value": 3}
        before = names(world)
        for engine, parameters in (("other", None), (None, {"value": 11})):
            with pytest.raises(InvalidInput):
                await world.jobs.retry(first, engine, parameters)
        assert names(world) == before


async def test_a_parameter_that_the_engine_has_no_more_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a job of an older version could never be tried again."""
    async with open_world(tmp_path) as world:
        first = await world.accept()
        await world.end(first)
        record = await world.jobs.record(first)
        old = {**record.request, "parameters": {"value": 3, "gone": 1}}
        changed = type(record)(**{**vars(record), "request": old})

        async def get(_: str) -> Any:
            await trio.lowlevel.checkpoint()
            return changed

        with monkeypatch.context() as patch:
            patch.setattr(world.jobs, "record", get)
            again = await world.jobs.retry(first)
        assert again["parameters"] == {"value": 3}


async def test_one_that_has_not_ended(tmp_path: Path) -> None:
    """It runs or waits: trying it again is for its end."""
    async with open_world(tmp_path, hangs, slots=1) as world:
        running, waiting = await world.accept(), await world.accept()
        await world.until_running(running)
        for job_id in (running, waiting):
            with pytest.raises(Conflict):
                await world.jobs.retry(job_id)
        assert names(world) == {running, waiting}
        assert await world.jobs.cancel(waiting)
        again = await world.jobs.retry(waiting)
        assert again["queue_position"] == 1


@pytest.mark.parametrize("number", [errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP])
async def test_where_photos_cannot_be_linked_they_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whole, and for the server's user alone."""
    async with open_world(tmp_path) as world:
        first = await world.accept()
        await world.end(first)
        refuse_links(monkeypatch, number)
        again = (await world.jobs.retry(first))["id"]
        assert (await world.end(again))["state"] == "succeeded"
        (copy,) = photos(world, again)
        assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (b"photo", 0o600)
        assert not shared(world, first, again)


def _no_room(_world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shutil, "disk_usage", lambda _: Usage(10, 6, 4))


def _no_room_for_a_name(_world: World, patch: pytest.MonkeyPatch) -> None:
    refuse_links(patch, errno.ENOSPC)


def _bad_disk(_world: World, patch: pytest.MonkeyPatch) -> None:
    refuse_links(patch, errno.EIO)


def _full_journal(world: World, _patch: pytest.MonkeyPatch) -> None:
    world.journal.full = 1


def _photos_gone(world: World, _patch: pytest.MonkeyPatch) -> None:
    for path in (world.root / "jobs").glob("*/images/*"):
        path.unlink()


def _directory_gone(world: World, _patch: pytest.MonkeyPatch) -> None:
    for path in (world.root / "jobs").glob("*/images"):
        shutil.rmtree(path)


def _full_queue(world: World, patch: pytest.MonkeyPatch) -> None:
    def check_room(_: int = 0) -> None:
        raise Busy("Full.")

    patch.setattr(world.admission, "check_room", check_room)


def _broken_rename(_world: World, patch: pytest.MonkeyPatch) -> None:
    def take_upload(upload: Path, directory: Path) -> None:
        directory.mkdir()
        raise StorageFailed("The disk does not work.")

    patch.setattr(files, "take_upload", take_upload)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (_no_room, StorageFull),
        (_no_room_for_a_name, StorageFull),
        (_bad_disk, StorageFailed),
        (_full_journal, StorageFull),
        (_photos_gone, NotFound),
        (_directory_gone, NotFound),
        (_full_queue, Busy),
        (_broken_rename, StorageFailed),
    ],
)
async def test_what_fails_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[World, pytest.MonkeyPatch], None],
    error: type[CallboardError],
) -> None:
    """Neither on disk, nor in the journal, nor in memory; and what failed is said."""
    async with open_world(tmp_path) as world:
        first = await world.accept()
        await world.end(first)
        trouble(world, monkeypatch)
        with pytest.raises(error) as caught:
            await world.jobs.retry(first)
        assert str(tmp_path) not in caught.value.problem + caught.value.hint
        monkeypatch.undo()
        assert names(world) == {first}
        assert await world.jobs.ids() == [first]
        await world.nothing_left()


async def test_the_first_one_removed_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its photos, or none."""
    async with open_world(tmp_path) as world:
        first = await world.accept()
        await world.end(first)
        link = os.link

        def slow_link(source: Path, target: Path, **more: Any) -> None:
            trio.from_thread.run(world.jobs.remove, first)
            link(source, target, **more)

        monkeypatch.setattr(os, "link", slow_link)
        with pytest.raises(NotFound):
            await world.jobs.retry(first)
        assert names(world) == set()


async def test_a_client_that_leaves_at_any_moment_leaves_a_whole_job_or_none(tmp_path: Path) -> None:
    """Cancelled at one step after the other."""
    async with open_world(tmp_path) as world:
        first = await world.accept()
        await world.end(first)
        for at in range(1, 400):
            before = set(await world.jobs.ids())
            scope = trio.CancelScope()
            steps = Steps(at, scope.cancel)
            with scope:
                trio.lowlevel.add_instrument(steps)
                try:
                    await world.jobs.retry(first)
                finally:
                    trio.lowlevel.remove_instrument(steps)
            for new in set(await world.jobs.ids()) - before:
                assert (await world.end(new))["state"] == "succeeded"
                assert [path.read_bytes() for path in photos(world, new)] == [b"photo"]
            assert names(world) == set(await world.jobs.ids())
            if not steps.reached:
                break
        assert not steps.reached
        await world.nothing_left()
