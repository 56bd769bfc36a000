"""A server that ends at any moment: the next one has what was answered, nothing half, and never makes a second job."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from actors.jobs.request import Submission
from app.uploads.resumable.upload import IDLE_SECONDS, RETURN_SECONDS
from app.uploads.store import Store
from tests.app.uploads.resumable.world import World

T = TypeVar("T")

GOOD = (b"good one", b"good two", b"good three")


@dataclass
class Moments:
    """The disk and the journal as they were at each moment.

    Attributes:
        world: What is watched.
        root: Where copies go.
        journals: The journal of each.
    """

    world: World
    root: Path
    journals: list[dict[str, Submission]] = field(default_factory=list)

    def keep(self) -> None:
        """Keep this one."""
        shutil.copytree(self.world.root.parent, self.root / str(len(self.journals)))
        self.journals.append(dict(self.world.jobs.journal))

    def world_at(self, number: int) -> World:
        """A server that starts with what there was at one of them."""
        world = World(self.root / str(number))
        world.jobs.journal = self.journals[number]
        for path in world.jobs.root.iterdir():
            if path.name not in world.jobs.journal:
                shutil.rmtree(path)
        return world


class WatchedStore(Store):
    """A store that is looked at before and after each thing that it does."""

    def watch(self, look: Callable[[], None]) -> None:
        """Begin."""
        self._look = look

    async def run(self, work: Callable[[], T]) -> T:
        """Do it."""
        self._look()
        try:
            return await super().run(work)
        finally:
            self._look()


async def _watched(tmp_path: Path) -> tuple[World, WatchedStore, Moments]:
    (tmp_path / "server").mkdir()
    world = World(tmp_path / "server")
    moments = Moments(world, tmp_path / "moments")
    store = WatchedStore(world.root)
    world.fresh(store)
    store.watch(lambda: None)
    return world, store, moments


async def test_wherever_finishing_ends_there_is_one_job(tmp_path: Path) -> None:
    """At each step the disk is kept; a server that starts with it makes that job, or knows it."""
    world, store, moments = await _watched(tmp_path)
    upload = await world.begin()
    for number, data in enumerate(GOOD, 1):
        assert (await world.put(upload, number, data)).status == 200
    world.jobs.seen = moments.keep
    store.watch(moments.keep)
    await world.finish(upload)
    made = {len(journal) for journal in moments.journals}
    assert made == {0, 1}
    assert len(moments.journals) >= 8
    for number, journal in enumerate(moments.journals):
        later = moments.world_at(number)
        known = set(journal)
        await later.restart()
        accepted = await later.finish(upload)
        assert set(later.jobs.journal) == known or not known
        assert list(later.jobs.journal) == [accepted.id]
        assert later.jobs.contents(accepted.id) == list(GOOD)
        assert (await later.finish(upload)).id == accepted.id
        assert later.files(upload) == []


async def test_wherever_a_photo_ends_the_old_or_the_new_is_there(tmp_path: Path) -> None:
    """Whole, and nothing besides."""
    world, store, moments = await _watched(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, b"good old")
    store.watch(moments.keep)
    await world.put(upload, 1, b"good new")
    moments.keep()
    assert len(moments.journals) >= 3
    for number in range(len(moments.journals)):
        later = moments.world_at(number)
        await later.restart()
        photo, manifest = later.files(upload)
        assert manifest == "0001.json"
        assert (later.root / upload / photo).read_bytes() in (b"good old", b"good new")
        assert (await later.uploads.show(upload))["files"][0]["size"] == 8
    assert (later.root / upload / photo).read_bytes() == b"good new"


async def test_what_was_cut_off_is_removed_and_the_rest_stays(tmp_path: Path) -> None:
    """Half photos, half small files, and photos that are not what their small file says."""
    world = World(tmp_path)
    upload = await world.begin()
    for number, data in enumerate(GOOD, 1):
        await world.put(upload, number, data)
    directory = world.root / upload
    for name in ("0004-aa.bin", "0001-bb.jpg", "0002.json.new", "junk.json"):
        (directory / name).write_bytes(b"{")
    next(directory.glob("0002-*.jpg")).write_bytes(b"good t")
    next(directory.glob("0003-*.jpg")).unlink()
    await world.restart()
    assert await world.numbers(upload) == [1]
    assert len(world.files(upload)) == 2
    assert (await world.put(upload, 2, GOOD[1])).status == 200


async def test_what_is_no_upload_is_not_known(tmp_path: Path) -> None:
    """It is left to the sweep of strays."""
    world = World(tmp_path)
    upload = await world.begin()
    for name in ("upload-empty", "upload-broken", "upload-list", "upload-other", "0123.partial", "upload-1.partial"):
        (world.root / name).mkdir()
    (world.root / "upload-file").touch()
    for name, text in (("broken", "{"), ("list", "[]"), ("other", '{"size": 1}'), ("1.partial", "{}")):
        (world.root / f"upload-{name}" / "upload.json").write_text(text)
    await world.restart()
    assert world.uploads.ids == {upload}


async def test_old_ones_are_removed_soon_after_the_start(tmp_path: Path) -> None:
    """By when something was last written in them; their clients get a while to come back."""
    world = World(tmp_path)
    old, new = await world.begin(), await world.begin()
    for upload in (old, new):
        await world.put(upload, 1, GOOD[0])
        for path in ((world.root / upload), *(world.root / upload).iterdir()):
            os.utime(path, (world.time, world.time))
    (photo,) = (world.root / new).glob("*.jpg")
    late = RETURN_SECONDS + 60
    os.utime(photo, (world.time + late, world.time + late))
    world.time += IDLE_SECONDS
    await world.restart()
    assert world.left == sorted([old, new])
    world.time += RETURN_SECONDS
    await world.uploads.sweep()
    assert world.left == [new]
    world.time += 60
    await world.uploads.sweep()
    assert world.left == []


async def test_a_removal_that_is_cut_off_is_one(tmp_path: Path) -> None:
    """What is left of the photos goes by the name of what nobody owns."""
    world = World(tmp_path)
    upload = await world.begin()
    await world.put(upload, 1, GOOD[0])
    moved = world.root / f"{upload}.partial"
    (world.root / upload).rename(moved)
    await world.restart()
    assert world.uploads.ids == frozenset()
