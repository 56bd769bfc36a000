"""What the child says about files, with real children."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Optional

import pytest
import trio

from actors.jobs.imagecheck import child
from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.imagecheck.decoder import CHILD, CheckLimits, child_decoders
from actors.runtime.errors import InvalidInput
from tests.actors.jobs.imagecheck.samples import ACCEPTED, REFUSED, encoded, png_bomb

pytestmark = pytest.mark.real


@asynccontextmanager
async def running(
    tmp_path: Path, limits: Optional[CheckLimits] = None, children: int = 1, program: Path = CHILD
) -> AsyncIterator[ImageChecker]:
    """A checker with real children."""
    limits = limits or CheckLimits()
    decoders = child_decoders(limits, data_id="test", cwd=tmp_path, program=program)
    checker = ImageChecker(decoders, limits, children=children)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        yield checker
        nursery.cancel_scope.cancel()


async def refused(checker: ImageChecker, path: Path, name: str = "x") -> str:
    """What is said about a file that is not accepted."""
    with pytest.raises(InvalidInput) as caught:
        await checker.check(path, name)
    assert [error.field for error in caught.value.errors] == [name]
    assert caught.value.hint
    return caught.value.errors[0].problem


async def test_each_kind_of_file_gets_its_verdict_from_one_child(tmp_path: Path) -> None:
    """Good and bad ones in a row, in one child that none of them breaks."""
    async with running(tmp_path) as checker:
        for name, (data, part) in REFUSED.items():
            (tmp_path / "file").write_bytes(data)
            assert part in await refused(checker, tmp_path / "file", name), name
        for name, (data, media_type) in ACCEPTED.items():
            (tmp_path / "file").write_bytes(data)
            checked = await checker.check(tmp_path / "file", name)
            assert (checked.media_type, checked.width, checked.height) == (media_type, 64, 48), name


async def test_a_child_without_memory_refuses_the_image_and_is_replaced(tmp_path: Path) -> None:
    """The header is within the pixel limit, the pixels are not within the memory."""
    (tmp_path / "bomb").write_bytes(png_bomb(20000, 20000))
    (tmp_path / "good").write_bytes(encoded())
    limits = CheckLimits(pixels=500_000_000, memory=300 << 20)
    async with running(tmp_path, limits) as checker:
        assert "within 0.293 GiB of memory and 20 s" in await refused(checker, tmp_path / "bomb")
        assert (await checker.check(tmp_path / "good", "good")).width == 64


@pytest.mark.parametrize(
    "behaviour",
    [
        "import time; time.sleep(60)",  # far longer than is waited for it
        "raise SystemExit(1)",
        "print('not json', flush=True); input()",
    ],
)
async def test_a_child_that_hangs_dies_or_babbles_is_replaced(tmp_path: Path, behaviour: str) -> None:
    """The image it was on is refused, the next one is examined by a new child."""
    program = tmp_path / "child.py"
    ok = '{\\"ok\\": true, \\"media_type\\": \\"image/png\\", \\"width\\": 1, \\"height\\": 2}'
    program.write_text(f'while True:\n    if "bad" in input():\n        {behaviour}\n    print("{ok}", flush=True)\n')
    async with running(tmp_path, program=program) as checker:
        for _ in range(2):
            checker._limits = replace(CheckLimits(), seconds=0.5)
            assert "cannot be decoded within" in await refused(checker, tmp_path / "bad")
            checker._limits = CheckLimits()  # a new child has to begin first, which takes its time
            with trio.fail_after(10):
                assert (await checker.check(tmp_path / "good", "good")).height == 2


async def test_many_at_once_get_the_verdicts_that_each_would_get(tmp_path: Path) -> None:
    """In their order; of several that are refused the first is named."""
    photos: list[tuple[Path, str]] = []
    for name, (data, _) in {**ACCEPTED, **{name: (data, "") for name, (data, _) in REFUSED.items()}}.items():
        photos.append((tmp_path / f"{len(photos)}", name))
        photos[-1][0].write_bytes(data)
    async with running(tmp_path) as checker:
        found = await checker.check_all(photos[: len(ACCEPTED)])
        assert [image.media_type for image in found] == [media_type for _, media_type in ACCEPTED.values()]
        assert [await checker.check(*photo) for photo in photos[: len(ACCEPTED)]] == list(found)
        with pytest.raises(InvalidInput) as caught:
            await checker.check_all(photos)
        assert [error.field for error in caught.value.errors] == [next(iter(REFUSED))]
        # More than one turn, and more than one child, has.
        assert len(await checker.check_all(photos[:1] * 600)) == 600


async def test_of_many_the_one_that_ends_the_child_is_named(tmp_path: Path) -> None:
    """And not one before it, whose verdict may still be on its way, nor the one after it."""
    (tmp_path / "bomb").write_bytes(png_bomb(20000, 20000))
    (tmp_path / "good").write_bytes(encoded())
    good = [(tmp_path / "good", f"{number}") for number in range(20)]
    async with running(tmp_path, CheckLimits(pixels=500_000_000, memory=300 << 20)) as checker:
        with pytest.raises(InvalidInput) as caught:
            await checker.check_all([*good, (tmp_path / "bomb", "bomb"), *good])
        assert [error.field for error in caught.value.errors] == ["bomb"]
        assert "within 0.293 GiB" in caught.value.errors[0].problem
        assert len(await checker.check_all(good)) == 20


def test_a_turn_ends_in_time_and_has_one_image_at_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it takes; what is left is counted."""
    (tmp_path / "photo").write_bytes(encoded())
    monkeypatch.setattr(child, "TURN_SECONDS", -1.0)
    said = list(child.answers([str(tmp_path / "photo")] * 5, 1_000_000))
    assert [answer.get("width") for answer in said] == [64, None]
    assert said[1] == {"later": 4}


def test_nothing_of_pillow_reaches_the_server() -> None:
    """The decoders run in the child only."""
    program = "import sys, actors.jobs.imagecheck.checker, app.uploads.endpoint; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
