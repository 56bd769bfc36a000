"""The real reconstruction, with the sample photos that ship with the client."""

from dataclasses import replace
from pathlib import Path
from typing import Union

import pytest
import trio
from PIL import Image as Picture

from actors.jobs.engines.base import EngineFailed, Image, Log, Progress
from actors.jobs.engines.pixelmap.engine import OpenTree, PixelmapEngine
from tests.actors.jobs.engines.support import Recorder, files_in, make_job, our_children
from tests.validator.khronos import assert_valid

package = pytest.importorskip("pixelmap_multiview")
pytestmark = [pytest.mark.real, pytest.mark.slow]

STAGES = [
    "loading",
    "input",
    "pairs",
    "two_view",
    "tracks",
    "registration",
    "bundle_adjustment",
    "depth",
    "fusion",
    "texture",
    "normalising",
]


async def test_the_sample_photos_become_a_model(tmp_path: Path, spawn: OpenTree) -> None:
    """All six are used, in the stages that are documented, and the validator has nothing to say."""
    engine, recorder = PixelmapEngine(spawn), Recorder()
    output = await engine.run(make_job(engine, tmp_path / "work", 6), recorder)
    assert output.metadata["photos_registered"] == 6
    assert output.metadata["triangles"] > 30_000
    assert output.metadata["bytes"] < output.metadata["bytes_raw"]
    assert max(output.metadata["texture"]) <= 2048
    assert recorder.stages == STAGES
    assert files_in(tmp_path / "work") == ["engine.log", "model.glb", "order.json"]
    assert_valid(output.model)


@pytest.mark.parametrize("stage", STAGES)
async def test_a_cancel_in_each_stage_leaves_nothing(stage: str, tmp_path: Path, spawn: OpenTree) -> None:
    """The whole tree is gone in the promised two seconds."""
    engine, before = PixelmapEngine(spawn), our_children()
    cancelled: list[float] = []
    with trio.CancelScope() as scope:

        def act(message: Union[Progress, Log]) -> None:
            if isinstance(message, Progress) and message.stage == stage and not cancelled:
                cancelled.append(trio.current_time())
                scope.cancel()

        await engine.run(make_job(engine, tmp_path / "work"), Recorder(act))
    assert scope.cancelled_caught
    assert trio.current_time() - cancelled[0] < 2
    assert our_children() <= before
    assert not files_in(tmp_path / "records")


def _grey(path: Path, size: tuple[int, int] = (320, 240)) -> Image:
    """A photo of nothing."""
    Picture.new("RGB", size, (90, 90, 90)).save(path)
    return Image(path, "grey.png", path.stat().st_size, "image/png", *size)


async def _failure(tmp_path: Path, spawn: OpenTree, *images: Image) -> EngineFailed:
    """How a job over these photos fails."""
    engine = PixelmapEngine(spawn)
    job = replace(make_job(engine, tmp_path / "work"), images=images)
    with pytest.raises(EngineFailed) as caught:
        await engine.run(job, Recorder())
    assert str(tmp_path) not in caught.value.problem
    return caught.value


async def test_photos_of_nothing_are_explained(tmp_path: Path, spawn: OpenTree) -> None:
    """With what to photograph differently."""
    failed = await _failure(tmp_path, spawn, *(_grey(tmp_path / f"{number}.png") for number in range(3)))
    assert failed.code == "disconnected_views"
    assert "closer together" in failed.hint


async def test_too_few_photos_are_counted(tmp_path: Path, spawn: OpenTree) -> None:
    """One less than the engine says that it needs, which is what the package says."""
    assert PixelmapEngine.min_images == package.MIN_VIEWS
    few = (_grey(tmp_path / f"{number}.png") for number in range(PixelmapEngine.min_images - 1))
    failed = await _failure(tmp_path, spawn, *few)
    assert failed.code == "too_few_photos"


async def test_photos_of_different_sizes_are_named(tmp_path: Path, spawn: OpenTree) -> None:
    """By the names that people know, not by the server's paths."""
    other = replace(_grey(tmp_path / "1.png", (240, 320)), name="portrait.png")
    failed = await _failure(tmp_path, spawn, _grey(tmp_path / "0.png"), other, _grey(tmp_path / "2.png"))
    assert failed.code == "size_mismatch"
    assert "portrait.png" in failed.problem


async def test_a_file_that_is_no_photo_is_named(tmp_path: Path, spawn: OpenTree) -> None:
    """Even if it got past the upload."""
    path = tmp_path / "0.jpg"
    await trio.Path(path).write_bytes(b"no photo")
    failed = await _failure(tmp_path, spawn, Image(path, "mine.jpg", 8, "image/jpeg", 1, 1))
    assert failed.code == "unreadable_photo"
    assert "mine.jpg" in failed.problem
