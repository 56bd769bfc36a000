"""Photos that are sent one by one: what is taken, what is refused and how, and that nothing half is ever there."""

import errno
import os
from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.jobs.imagecheck.checker import CheckedImage
from app.uploads.upload import UploadLimits
from tests.app.uploads.client import Answer, Gone, Piece, Silence
from tests.app.uploads.resumable.world import World
from tests.waiting import until

SMALL = UploadLimits(files=3, file_bytes=1000, total_bytes=2000, batch_bytes=256, rest_bytes=10_000)
GOOD = b"good photo"


async def test_a_photo_is_there_when_it_is_answered(tmp_path: Path) -> None:
    """Under a name of ours, with what it turned out to be; and its name is what the client calls it."""
    world = World(tmp_path)
    upload = await world.begin()
    big = b"good " + os.urandom(2_000_000)
    pieces = [big[at : at + 65536] for at in range(0, len(big), 65536)]
    answer = await world.put(upload, 2, pieces=pieces, name="..%2F..%2Fetc%2Fa%01%C3%A9.png")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    photo = {"number": 2, "name": "a\ufffdé.png", "size": len(big), "media_type": "image/jpeg", "width": 4, "height": 3}
    assert answer.json == photo
    assert (await world.put(upload, 1, GOOD, name="")).json["name"] == "image 1"
    shown = await world.uploads.show(upload)
    assert [file["number"] for file in shown["files"]] == [1, 2]
    assert shown["files"][1] == photo
    (file,) = (world.root / upload).glob("0002-*.jpg")
    assert file.read_bytes() == big


async def test_sending_it_again_replaces_it(tmp_path: Path) -> None:
    """And a photo that cannot be used changes nothing."""
    world = World(tmp_path)
    upload = await world.begin()
    assert (await world.put(upload, 1, GOOD)).status == 200
    assert (await world.put(upload, 1, b"good, and longer", name="new.jpg")).json["size"] == 16
    assert (await world.put(upload, 1, b"not a photo")).status == 422
    assert (await world.uploads.show(upload))["files"][0]["name"] == "new.jpg"
    (photo, manifest) = world.files(upload)
    assert (manifest, (world.root / upload / photo).read_bytes()) == ("0001.json", b"good, and longer")


@pytest.mark.parametrize(
    ("number", "pieces", "headers", "status", "message"),
    [
        ("0", [GOOD], {}, 422, "'0' is no photo's number"),
        ("x", [GOOD], {}, 422, "'x' is no photo's number"),
        ("²", [GOOD], {}, 422, "no photo's number"),
        ("4", [GOOD], {}, 413, "3 images at the most"),
        ("9" * 500, [GOOD], {}, 413, "3 images at the most"),
        ("1", [b""], {}, 422, "'1.jpg' is empty"),
        ("1", [b"text"], {}, 422, "'1.jpg' is not an image"),
        ("1", [b"good" * 100] * 3, {}, 413, "'1.jpg' is larger than 1,000 bytes"),
        ("1", [GOOD], {b"content-length": b"1001"}, 413, "'1.jpg' is larger than 1,000 bytes"),
        ("1", [GOOD], {b"content-encoding": b"gzip"}, 415, "compressed"),
        ("1", [GOOD], {b"content-type": b"multipart/form-data; boundary=b"}, 415, "is a form"),
    ],
)
async def test_bad_photos_are_refused_and_leave_nothing(
    tmp_path: Path, number: str, pieces: list[Piece], headers: dict[bytes, bytes], status: int, message: str
) -> None:
    """Each with its status, and with words that say what and where."""
    world = World(tmp_path, SMALL)
    upload = await world.begin()
    answer = await world.put(upload, number, pieces=pieces, headers=list(headers.items()))
    assert (answer.status, answer.complete) == (status, True), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert message in answer.json["detail"]
    assert answer.json["hint"]
    assert world.files(upload) == []
    assert world.places.taken == 0


async def test_all_photos_together_have_a_limit(tmp_path: Path) -> None:
    """Whatever the order; one that comes in the place of another counts once."""
    world = World(tmp_path, SMALL)
    upload = await world.begin()
    for number in (1, 2):
        assert (await world.put(upload, number, b"good".ljust(900))).status == 200
    answer = await world.put(upload, 3, b"good".ljust(201))
    assert (answer.status, answer.json["detail"]) == (413, "The upload is larger than 2,000 bytes.")
    assert (await world.put(upload, 2, b"good".ljust(1000))).status == 200
    assert (await world.put(upload, 3, b"good".ljust(100))).status == 200
    assert (await world.put(upload, 2, b"good".ljust(901))).status == 200


async def test_photos_on_their_way_count_as_well(tmp_path: Path) -> None:
    """By what their clients say of them, so that it is known before they are sent."""
    world = World(tmp_path, SMALL)
    upload = await world.begin()
    length = [(b"content-length", b"800")]
    async with trio.open_nursery() as nursery:
        for number in (1, 2):
            send: list[Piece] = [b"good", Silence()]
            nursery.start_soon(partial(world.put, upload, number, pieces=send, headers=length))
        await until(lambda: len(world.files(upload)) == 0 and world.places.taken == 2)
        await wait_all_tasks_blocked(0.01)
        answer = await world.put(upload, 3, b"good".ljust(500), headers=[(b"content-length", b"500")])
        assert (answer.status, answer.taken) == (413, 500)
        assert (await world.put(upload, 3, b"good".ljust(400))).status == 200
        nursery.cancel_scope.cancel()
    assert await world.numbers(upload) == [3]


@pytest.mark.parametrize("end", [Gone(), Silence()])
async def test_a_connection_that_is_dropped_leaves_nothing(tmp_path: Path, end: Piece) -> None:
    """What was there before stays."""
    world = World(tmp_path, UploadLimits(batch_bytes=4, idle_seconds=0.05, rest_seconds=0.05))
    upload = await world.begin()
    assert (await world.put(upload, 1, GOOD)).status == 200
    before = world.files(upload)
    answer = await world.put(upload, 1, pieces=[b"good, but cut", end])
    assert answer.status == (408 if isinstance(end, Silence) else 0)
    assert world.files(upload) == before
    assert (world.places.taken, await world.numbers(upload)) == (0, [1])


async def test_cancelling_anywhere_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Cut a little later each time."""
    world = World(tmp_path, UploadLimits(batch_bytes=4))
    upload = await world.begin()
    await world.put(upload, 1, b"good old")
    for step in range(60):
        with trio.move_on_after(step * 0.0002):
            await world.put(upload, 1, pieces=[b"good", b" new"])
        photo, manifest = world.files(upload)
        assert manifest == "0001.json"
        assert (world.root / upload / photo).read_bytes() in (b"good old", b"good new")
        assert world.places.taken == 0
    assert (await world.put(upload, 1, b"good, the last")).status == 200
    assert len(world.files(upload)) == 2


async def test_the_same_photo_twice_at_once(tmp_path: Path) -> None:
    """The last complete one is there, whole; what began before it and is still on its way ends."""
    world = World(tmp_path, UploadLimits(batch_bytes=4, rest_seconds=0.01))
    upload = await world.begin()
    answers: list[Answer] = []

    async def dropped() -> None:
        answers.append(await world.put(upload, 1, pieces=[b"good, and never ends", Silence()]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(dropped)
        await until(lambda: bool(world.files(upload)))
        assert (await world.put(upload, 1, b"good again")).status == 200
    assert [answer.status for answer in answers] == [409]
    assert "has been sent again" in answers[0].json["detail"]
    assert (await world.uploads.show(upload))["files"][0]["size"] == 10
    assert len(world.files(upload)) == 2
    await world.finish(upload)


async def test_many_at_once_and_one_of_each_is_there(tmp_path: Path) -> None:
    """Different numbers do not wait for each other; of equal ones, one whole one stays."""
    world = World(tmp_path, UploadLimits(batch_bytes=16))
    upload = await world.begin()
    statuses: list[int] = []

    async def send(number: int, letter: int) -> None:
        data = b"good" + bytes([letter]) * 100
        statuses.append((await world.put(upload, number, pieces=[data[:50], data[50:]])).status)

    async with trio.open_nursery() as nursery:
        for number in (1, 2, 3):
            for letter in range(65, 70):
                nursery.start_soon(send, number, letter)
    assert set(statuses) <= {200, 409}
    assert await world.numbers(upload) == [1, 2, 3]
    files = [path.read_bytes() for path in sorted((world.root / upload).glob("*.jpg"))]
    assert [len(set(content[4:])) for content in files] == [1, 1, 1]
    assert len(world.files(upload)) == 6


@pytest.mark.parametrize("call", ["app.uploads.incoming.IncomingFile.write", "os.fsync", "pathlib.Path.replace"])
async def test_a_full_disk_is_said_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """In the middle of a photo, at its end, and at its small file."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD)
    before = world.files(upload)

    def full(*_args: object, **_options: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(call, full)
        for number in (1, 2):
            answer = await world.put(upload, number, b"good new photo")
            assert (answer.status, answer.headers["retry-after"]) == (507, "60")
            assert "no room" in answer.json["detail"]
    assert world.files(upload) == before
    assert (await world.put(upload, 2, GOOD)).status == 200


async def test_what_cannot_fit_is_refused_up_front(tmp_path: Path) -> None:
    """By its Content-Length and the room on the disk."""
    world = World(tmp_path, UploadLimits(file_bytes=1 << 62, total_bytes=1 << 62, rest_bytes=0))
    upload = await world.begin()
    answer = await world.put(upload, 1, GOOD, headers=[(b"content-length", str(1 << 61).encode())])
    assert (answer.status, answer.taken) == (507, 0)


async def test_no_more_at_once_than_the_limit(tmp_path: Path) -> None:
    """One more is told to come back."""
    world = World(tmp_path, UploadLimits(at_once=1))
    upload = await world.begin()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: world.put(upload, 1, pieces=[b"good", Silence()]))
        await until(lambda: world.places.taken == 1)
        answer = await world.put(upload, 2, GOOD)
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        nursery.cancel_scope.cancel()
    assert (await world.put(upload, 2, GOOD)).status == 200


async def test_removing_ends_what_is_on_its_way(tmp_path: Path) -> None:
    """Whether it arrives or is looked at; nothing is left."""

    class Slow:
        async def check(self, path: Path, name: str) -> CheckedImage:
            await trio.sleep_forever()
            raise AssertionError

    world = World(tmp_path, UploadLimits(batch_bytes=4, rest_seconds=0.01), checks=Slow())
    upload = await world.begin()
    answers: list[Answer] = []

    async def send(number: int, *pieces: Piece) -> None:
        answers.append(await world.put(upload, number, pieces=pieces))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send, 1, b"good, and never ends", Silence())
        nursery.start_soon(send, 2, GOOD)
        await until(lambda: len(world.files(upload)) == 2)
        await world.uploads.remove(upload)
        assert world.left == []
    assert [answer.status for answer in answers] == [404, 404]
    assert world.left == []
    assert (await world.put(upload, 1, GOOD)).status == 404


async def test_other_methods_are_refused(tmp_path: Path) -> None:
    """With `Allow`."""
    world = World(tmp_path)
    upload = await world.begin()
    answer = await world.put(upload, 1, b"", method="GET")
    assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, PUT")
    assert (await world.put(upload, 1, b"", method="OPTIONS")).status == 204
