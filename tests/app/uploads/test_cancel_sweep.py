"""Uploads, cancelled at every step, as when a client leaves or the server stops: as a whole, or not at all."""

import logging
from pathlib import Path

import pytest
import trio

from actors.jobs.request import Submission
from app.uploads.upload import UploadLimits
from tests.actors.sweeping import acting, each, stride, sweep
from tests.app.uploads.client import END, Setup, part, photo, request
from tests.app.uploads.resumable.world import World

logger = logging.getLogger(__name__)

_GOOD = (b"good one", b"good two")
_FAR = 1000


async def test_an_upload_in_one_request(tmp_path: Path) -> None:
    """Two photos that are written, checked and settled side by side: a job, or nothing; then the next one goes well."""
    body = photo("a.jpg", b"good " + bytes(3000)) + photo("b.jpg") + part("seed", b"7") + END
    pieces = [body[at : at + 500] for at in range(0, len(body), 500)]
    setups: dict[int, Setup] = {}

    async def scenario(at: int) -> None:
        (tmp_path / str(at)).mkdir()
        setup = setups[at] = Setup(tmp_path / str(at), UploadLimits(batch_bytes=1000))
        assert (await request(setup.endpoint, pieces)).status == 202

    async def after(at: int) -> None:
        setup = setups.pop(at)
        assert setup.left == [], at
        assert setup.endpoint.running == 0, at
        before = len(setup.accepted)
        assert len(list((tmp_path / str(at)).glob("job-*"))) == before, at
        assert (await request(setup.endpoint, pieces)).status == 202, at
        assert len(setup.accepted) == before + 1

    points = await sweep(scenario, after, stride=stride(1))
    logger.info("an upload in one request: %d points", points)
    assert points > 20


async def _all(world: World) -> str:
    upload = await world.begin()
    for number, data in enumerate(_GOOD, 1):
        assert (await world.put(upload, number, pieces=[data[:3], data[3:]])).status == 200
    await world.finish(upload)
    return upload


def _one_job(world: World, at: int) -> None:
    """There is a job or none, with its photos, and of the uploads what their list has."""
    jobs: dict[str, Submission] = world.jobs.journal
    assert len(jobs) <= 1, at
    assert sorted(path.name for path in world.jobs.root.iterdir()) == sorted(jobs), at
    for job in jobs:
        assert world.jobs.contents(job) == list(_GOOD), at


@pytest.mark.parametrize("restarts", [False, True], ids=["goes on", "starts again"])
async def test_an_upload_in_parts(tmp_path: Path, restarts: bool) -> None:
    """By the client who left, or by the next server's: what was answered is there, and finishing makes one job."""
    points = 0
    for at in each(1, _FAR):
        (tmp_path / str(at)).mkdir()
        world = World(tmp_path / str(at))
        with trio.CancelScope() as scope, acting(at, scope.cancel) as steps:
            await _all(world)
        if restarts:
            await world.restart()
        _one_job(world, at)
        await _goes_on(world, at)
        if not steps.reached:
            break
        points += 1
    logger.info("an upload in parts: %d points", points)
    assert points > 20


async def _goes_on(world: World, at: int) -> None:
    """Each upload that is known can be completed, and makes the one job; what is not known is not there."""
    assert set(world.left) == world.uploads.ids, at
    for upload in world.uploads.ids:
        shown = await world.uploads.show(upload)
        assert world.places.taken == 0, at
        if shown["job"] is None:
            for number, data in enumerate(_GOOD, 1):
                await _put(world, upload, number, data)
        await world.finish(upload)
        _one_job(world, at)
        assert len(world.jobs.journal) == 1, at
        await world.uploads.remove(upload)
    assert world.left == [], at


async def _put(world: World, upload: str, number: int, data: bytes) -> None:
    answer = await world.put(upload, number, data)
    # One whose job was accepted although its client never heard of it is finished already: 409 says so.
    assert answer.status in (200, 409), answer.json
