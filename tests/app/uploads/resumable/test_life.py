"""The life of an open upload: from its first photo to its job, or to its removal."""

import shutil
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from actors.runtime.errors import Busy, CallboardError, Conflict, InvalidInput, NotFound, StorageFull
from actors.runtime.threads import NO_THREAD
from app.uploads.resumable import service
from app.uploads.resumable.service import OpenUploads
from app.uploads.resumable.upload import IDLE_SECONDS
from app.uploads.upload import Accepted
from tests.app.uploads.client import Silence
from tests.app.uploads.resumable.world import ASKED, World
from tests.waiting import until

GOOD = b"good photo"


async def test_photos_become_a_job(tmp_path: Path) -> None:
    """In the order of their numbers, whatever that of their arrival; and the upload keeps none of them."""
    world = World(tmp_path)
    upload = await world.begin()
    for number in (10, 2, 7):
        assert (await world.put(upload, number, b"good %d" % number, name=f"{number}.png")).status == 200
    accepted = await world.finish(upload)
    assert (accepted.state, accepted.engine) == ("queued", "simulated")
    submission = world.jobs.journal[accepted.id]
    assert world.jobs.contents(accepted.id) == [b"good 2", b"good 7", b"good 10"]
    assert [image.name for image in submission.images] == ["2.png", "7.png", "10.png"]
    assert (submission.parameters, submission.engine) == (ASKED.parameters, ASKED.engine)
    assert (world.files(upload), world.left) == ([], [upload])
    shown = await world.uploads.show(upload)
    assert (shown["files"], shown["job"]) == ([], accepted.id)


async def test_it_is_shown_from_the_beginning(tmp_path: Path) -> None:
    """With when it expires, and where to go on."""
    world = World(tmp_path)
    first = await world.uploads.create()
    upload = first["id"]
    links = {"self": f"/uploads/{upload}", "finish": f"/uploads/{upload}/finish"}
    expires = "2023-11-14T23:13:20.000Z"
    assert first == {"id": upload, "files": [], "job": None, "expires": expires, "links": links}
    world.time += 60
    assert (await world.uploads.show(upload))["expires"] == "2023-11-14T23:14:20.000Z"


async def test_finishing_twice_gives_the_same_job(tmp_path: Path) -> None:
    """One after the other, and both at once."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD)
    answers: list[Accepted] = []

    async def finish() -> None:
        answers.append(await world.finish(upload))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(finish)
        nursery.start_soon(finish)
    await finish()
    assert len(answers) == 3
    assert {answer.id for answer in answers} == set(world.jobs.journal)
    assert len(world.jobs.journal) == 1


async def test_a_job_that_was_removed_is_not_made_again(tmp_path: Path) -> None:
    """Not even by the next server."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD)
    accepted = await world.finish(upload)
    del world.jobs.journal[accepted.id]
    for _ in range(2):
        with pytest.raises(NotFound, match=f"{accepted.id}, which was removed"):
            await world.finish(upload)
        await world.restart()
    assert world.jobs.journal == {}


async def test_it_is_not_finished_while_a_photo_is_on_its_way(tmp_path: Path) -> None:
    """Nor without one."""
    world = World(tmp_path)
    upload = await world.begin()
    with pytest.raises(InvalidInput, match="no photos"):
        await world.finish(upload)
    await world.put(upload, 1, GOOD)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: world.put(upload, 2, pieces=[b"good", Silence()]))
        await until(lambda: world.places.taken == 1)
        with pytest.raises(Conflict, match="on their way: 2"):
            await world.finish(upload)
        nursery.cancel_scope.cancel()
    assert world.jobs.journal == {}
    await world.finish(upload)


async def test_a_finished_upload_takes_no_photos(tmp_path: Path) -> None:
    """And can be removed; its job stays."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD)
    accepted = await world.finish(upload)
    answer = await world.put(upload, 2, GOOD)
    assert (answer.status, accepted.id in answer.json["detail"]) == (409, True)
    await world.uploads.remove(upload)
    assert world.left == []
    assert list(world.jobs.journal) == [accepted.id]
    assert world.jobs.contents(accepted.id) == [GOOD]


async def test_while_it_is_finished_nothing_else_happens_to_it(tmp_path: Path) -> None:
    """No photo, and no removal."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD)
    checked = trio.Event()

    async def meanwhile() -> None:
        answer = await world.put(upload, 2, GOOD)
        assert (answer.status, "is being finished" in answer.json["detail"]) == (409, True)
        with pytest.raises(Conflict, match="is being finished"):
            await world.uploads.remove(upload)
        checked.set()

    world.jobs.during = meanwhile
    await world.finish(upload)
    assert checked.is_set()


@pytest.mark.parametrize("refusal", [InvalidInput("no such engine"), Busy("the queue is full"), StorageFull("full")])
async def test_what_the_job_refuses_keeps_the_photos(tmp_path: Path, refusal: CallboardError) -> None:
    """So that they need not be sent again."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD)
    before = world.files(upload)
    world.jobs.refusal = refusal
    with pytest.raises(type(refusal)):
        await world.finish(upload)
    assert (world.files(upload), world.left) == (before, [upload])
    assert (await world.put(upload, 2, GOOD)).status == 200
    world.jobs.refusal = None
    accepted = await world.finish(upload)
    assert world.jobs.contents(accepted.id) == [GOOD, GOOD]


async def test_one_that_nobody_touches_is_removed(tmp_path: Path) -> None:
    """While the server runs, and when it starts; whatever somebody does with it counts."""
    world = World(tmp_path)
    left, asked, sent = [await world.begin() for _ in range(3)]
    world.time += IDLE_SECONDS - 1
    await world.uploads.show(asked)
    await world.put(sent, 1, GOOD)
    await world.uploads.sweep()
    assert world.uploads.ids == {left, asked, sent}
    world.time += 1
    await world.uploads.sweep()
    assert world.left == sorted([asked, sent])
    with pytest.raises(NotFound, match="There is no upload") as caught:
        await world.uploads.show(left)
    assert "60 minutes" in caught.value.hint


async def test_one_with_a_photo_on_its_way_is_not_removed(tmp_path: Path) -> None:
    """However long that takes."""
    world = World(tmp_path)
    upload = await world.begin()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: world.put(upload, 1, pieces=[b"good", Silence()]))
        await until(lambda: world.places.taken == 1)
        world.time += 2 * IDLE_SECONDS
        await world.uploads.sweep()
        assert world.uploads.ids == {upload}
        nursery.cancel_scope.cancel()
    assert world.left == [upload]


async def test_no_more_are_open_than_the_limit(tmp_path: Path) -> None:
    """Those that have become jobs do not count, and those that have expired give way."""
    world = World(tmp_path, most=2)
    first, _ = [await world.begin() for _ in range(2)]
    with pytest.raises(Busy, match="2 uploads are open"):
        await world.begin()
    await world.put(first, 1, GOOD)
    await world.finish(first)
    await world.begin()
    with pytest.raises(Busy):
        await world.begin()
    world.time += IDLE_SECONDS
    await world.begin()
    assert world.uploads.open == 1


async def test_only_so_many_finished_ones_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten; their jobs stay."""
    monkeypatch.setattr(service, "REMEMBERED", 2)
    world = World(tmp_path)
    uploads = []
    for _ in range(4):
        world.time += 1
        upload = await world.begin()
        await world.put(upload, 1, GOOD)
        await world.finish(upload)
        uploads.append(upload)
    await world.uploads.sweep()
    assert world.left == sorted(uploads[2:])
    assert len(world.jobs.journal) == 4


async def test_one_that_cannot_be_begun_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full."""
    world = World(tmp_path)

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.uploads.resumable.layout.write_record", full)
    with pytest.raises(StorageFull):
        await world.begin()
    assert (world.left, world.uploads.ids) == ([], frozenset())


async def test_unknown_uploads_are_said_to_be_unknown(tmp_path: Path) -> None:
    """By each request, and whatever they are called."""
    world = World(tmp_path)
    for name in ("upload-0", "..", "upload.json", ""):
        for call in (world.uploads.show, world.uploads.remove, world.finish):
            with pytest.raises(NotFound):
                await call(name)
    assert (await world.put("..", 1, GOOD)).status == 404


async def test_the_sweep_comes_by_itself(tmp_path: Path, autojump_clock: MockClock) -> None:
    """As long as the service runs."""
    world = World(tmp_path)
    swept: list[float] = []

    class Watched(OpenUploads):
        async def sweep(self) -> None:
            swept.append(trio.current_time())

    uploads = Watched(world.store, world.checks, world.limits, world.jobs, most=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(uploads.run)
        await trio.sleep(150)  # on a clock that jumps
        nursery.cancel_scope.cancel()
    assert len(swept) == 2


async def test_what_cannot_be_removed_now_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as for want of descriptors: it is gone for its client, and from the disk when the next one is removed."""
    world = World(tmp_path)
    first, second = await world.begin(), await world.begin()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        await world.uploads.remove(first)
    with pytest.raises(NotFound):
        await world.uploads.show(first)
    assert sorted(world.left) == sorted([f"{first}.partial", second])
    await world.uploads.remove(second)
    assert world.left == []


async def test_what_no_thread_could_remove_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of a thread, nothing is even tried: it is not forgotten."""
    world = World(tmp_path)
    directory = world.root / "0.partial"
    directory.mkdir(parents=True)

    async def refuse(*_: object, **__: object) -> None:
        raise RuntimeError(NO_THREAD)

    with monkeypatch.context() as patch:
        patch.setattr(trio.to_thread, "run_sync", refuse)
        with pytest.raises(RuntimeError, match=NO_THREAD):
            await world.store.remove(directory)
    async with world.store.open_incoming():
        assert world.left[0] == directory.name
    assert world.left == []
