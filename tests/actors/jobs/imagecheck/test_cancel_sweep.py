"""The checker of images, cancelled at every step: whoever waits is told, no child is left, and it checks again."""

import logging
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.imagecheck.decoder import CheckLimits, child_decoders
from actors.runtime.errors import ActorStopped, Busy
from tests.actors.jobs.imagecheck.samples import encoded
from tests.actors.jobs.imagecheck.test_checker import Decoders
from tests.actors.sweeping import stride, sweep

logger = logging.getLogger(__name__)


async def _ask(checker: ImageChecker, path: Path, heard: list[str]) -> None:
    """Ask, whether or not it still runs, and note that there was an answer."""
    try:
        await checker.check(path, "x")
        heard.append("good")
    except ActorStopped:
        heard.append("stopped")
    except Busy:
        heard.append("busy")


async def test_the_queue(autojump_clock: MockClock) -> None:
    """Only the checker is cancelled: each of those who ask gets an answer; then it runs again, and all get theirs."""
    del autojump_clock
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(images_per_child=2), children=2)
    heard: list[str] = []

    async def run(count: int) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(checker.run)
            # Those who ask are connections of their own, which a checker that ends does not take with it.
            with trio.CancelScope(shield=True), trio.fail_after(60):
                async with trio.open_nursery() as callers:
                    for _ in range(count):
                        callers.start_soon(_ask, checker, Path("good"), heard)
            nursery.cancel_scope.cancel()

    async def scenario(_at: int) -> None:
        heard.clear()
        await run(5)
        assert len(heard) == 5, heard

    async def after(at: int) -> None:
        assert decoders.open_now == 0, at
        assert not checker._pending, at
        heard.clear()
        await run(5)
        assert heard == ["good"] * 5, at

    points = await sweep(scenario, after)
    logger.info("the queue of images: %d points", points)
    assert points > 10


@pytest.mark.real
@pytest.mark.slow
async def test_real_children(tmp_path: Path) -> None:
    """From the start of one to its end; `sweep` looks at the processes."""
    limits = CheckLimits(images_per_child=2)
    decoders = child_decoders(limits, data_id="test", cwd=tmp_path)
    checker = ImageChecker(decoders, limits, children=1)
    (tmp_path / "photo").write_bytes(encoded())

    async def scenario(_at: int) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(checker.run)
            for _ in range(3):
                assert (await checker.check(tmp_path / "photo", "x")).width == 64
            nursery.cancel_scope.cancel()

    async def after(at: int) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(checker.run)
            assert (await checker.check(tmp_path / "photo", "x")).width == 64, at
            nursery.cancel_scope.cancel()

    points = await sweep(scenario, after, stride=stride(7))
    logger.info("children that check images: %d points", points)
    assert points > 5
