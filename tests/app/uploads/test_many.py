"""Uploads of many small photos: written, checked and made durable together, and still each for itself."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.jobs.imagecheck.checker import CheckedImage
from app.uploads.incoming import Incoming
from app.uploads.syncing import sync_all
from app.uploads.upload import UploadLimits
from tests.app.uploads.client import END, FakeChecks, Setup, photo, request
from tests.waiting import until

_COUNT = 300


class Noting(FakeChecks):
    """Checks that note what was asked about at once, and take their time."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[int] = []

    async def check_all(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
        """Take those that begin with `good`."""
        self.questions.append(len(photos))
        await trio.sleep(0.02)  # a check takes a while, in which more photos come
        return await super().check_all(photos)


def _body(count: int = _COUNT) -> bytes:
    return b"".join(photo(f"{number}.jpg", b"good %d" % number) for number in range(count)) + END


@pytest.mark.parametrize("piece", [100, 5_000, 1 << 20])
async def test_each_photo_is_there_in_its_place(tmp_path: Path, piece: int) -> None:
    """However the body is cut; few questions, and of each file what was sent."""
    checks = Noting()
    setup = Setup(tmp_path, checks=checks)
    body = _body()
    answer = await request(setup.endpoint, [body[at : at + piece] for at in range(0, len(body), piece)])
    assert answer.status == 202
    (upload,) = setup.accepted
    assert [image.name for image in upload.images] == [f"{number}.jpg" for number in range(_COUNT)]
    assert [image.path.name for image in upload.images] == [f"{number + 1:04d}.jpg" for number in range(_COUNT)]
    assert setup.contents == [b"good %d" % number for number in range(_COUNT)]
    assert sum(checks.questions) == _COUNT
    assert len(checks.questions) < _COUNT / 4
    assert setup.left == []


async def test_the_first_bad_one_is_named(tmp_path: Path) -> None:
    """Among many that came at once, and nothing is left of the others."""
    setup = Setup(tmp_path)
    photos = b"".join(photo(f"{number}.jpg", b"bad" if number in (7, 20) else b"good") for number in range(50))
    answer = await request(setup.endpoint, [photos + END])
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == ["7.jpg"]
    assert setup.left == []


async def test_what_is_unchecked_is_bounded(tmp_path: Path) -> None:
    """Its number, however small the photos are; the rest of the body stays with the client."""

    class Slow(Noting):
        async def check_all(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
            await trio.sleep_forever()
            raise AssertionError

    setup = Setup(tmp_path, UploadLimits(checks_at_once=10), checks=Slow())
    body = _body()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request, setup.endpoint, [body[at : at + 50] for at in range(0, len(body), 50)])
        await until(lambda: len(list(setup.root.glob("*/*"))) >= 12)
        await wait_all_tasks_blocked(0.02)
        assert len(list(setup.root.glob("*/*"))) == 12
        nursery.cancel_scope.cancel()
    assert setup.left == []


async def test_each_is_on_the_disk_before_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is synced after its last write, under its last name; then the directory, and then comes the answer."""
    synced: list[tuple[str, int]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        status = os.fstat(descriptor)
        size = -1 if stat.S_ISDIR(status.st_mode) else status.st_size
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, size))

    def note_one(descriptor: int) -> None:
        note(descriptor)
        sync(descriptor)

    def note_all(descriptors: Sequence[int]) -> None:
        for descriptor in descriptors:
            note(descriptor)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", sync)
            sync_all(descriptors)

    monkeypatch.setattr(os, "fsync", note_one)
    monkeypatch.setattr("app.uploads.incoming.sync_all", note_all)
    setup = Setup(tmp_path)
    assert (await request(setup.endpoint, [_body()])).status == 202
    (upload,) = setup.accepted
    assert synced[:-1] == [(image.path.name, image.size) for image in upload.images]
    assert synced[-1] == (upload.directory.name, -1)


@pytest.mark.parametrize(
    ("beginning", "name"),
    [
        (b"\xff\xd8\xff\xe0", "0001.jpg"),
        (b"\x89PNG\r\n\x1a\n", "0001.png"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "0001.webp"),
        (b"RIFF\0\0\0\0WAVE", "0001.bin"),
        (b"II*\0", "0001.tif"),
        (b"MM\0*", "0001.tif"),
        (b"x", "0001.bin"),
    ],
)
async def test_a_name_is_guessed_and_then_made_right(tmp_path: Path, beginning: bytes, name: str) -> None:
    """What the check says is what counts: here that everything is a PNG."""
    folder = Incoming(tmp_path, 1 << 19, trio.CapacityLimiter(1))
    file = folder.create(memoryview(beginning))
    assert file.path.name == name
    file.collect(beginning)
    await folder.write([file], complete=True)
    await folder.settle([(file, "image/png")])
    assert file.path.name == "0001.png"
    assert [path.name for path in await trio.Path(tmp_path).iterdir()] == ["0001.png"]
    assert file.path.read_bytes() == beginning
