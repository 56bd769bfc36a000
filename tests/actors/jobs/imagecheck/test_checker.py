"""The checker's queue and its restarts, without processes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Optional

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.imagecheck.decoder import CheckLimits, DecoderGone
from actors.processes.exits import StartFailed
from actors.runtime.errors import ActorStopped, Busy, InvalidInput

GOOD = {"ok": True, "media_type": "image/png", "width": 3, "height": 2}


class Decoders:
    """Decoders that do what the file's name says."""

    def __init__(self, opening: Optional[Callable[[], None]] = None) -> None:
        self.opened = 0
        self.open_now = 0
        self.examined: list[str] = []
        self._opening = opening

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator["Decoders"]:
        """Open one."""
        if self._opening is not None:
            self._opening()
        self.opened += 1
        self.open_now += 1
        try:
            yield self
        finally:
            self.open_now -= 1

    async def examine(self, path: Path) -> dict[str, Any]:
        """Answer, hang or end."""
        self.examined.append(path.name)
        if path.name == "hang":
            await trio.sleep_forever()
        if path.name == "gone":
            raise DecoderGone
        return GOOD if path.name == "good" else {"ok": False, "problem": "is bad"}


async def test_a_hanging_image_is_refused_in_time_and_costs_its_child(autojump_clock: MockClock) -> None:
    """20 seconds later, no sooner."""
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(), children=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        with pytest.raises(InvalidInput, match="within 1 GiB of memory and 20 s"):
            await checker.check(Path("hang"), "a.jpg")
        assert trio.current_time() == pytest.approx(20)
        with pytest.raises(InvalidInput, match="cannot be decoded within"):
            await checker.check(Path("gone"), "a.jpg")
        assert (await checker.check(Path("good"), "b.jpg")).width == 3
        with pytest.raises(InvalidInput, match=r"'c\.jpg' is bad"):
            await checker.check(Path("bad"), "c.jpg")
        assert decoders.opened == 3
        nursery.cancel_scope.cancel()
    assert decoders.open_now == 0


async def test_a_child_is_replaced_after_enough_images(autojump_clock: MockClock) -> None:
    """Two images a child: five images need three."""
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(images_per_child=2), children=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        for _ in range(5):
            await checker.check(Path("good"), "x")
        assert decoders.opened == 3
        nursery.cancel_scope.cancel()


async def test_the_queue_is_bounded_and_forgets_who_left(autojump_clock: MockClock) -> None:
    """One is examined, two wait, a fourth is told to come back; those that left are not examined."""
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(), children=1, capacity=2)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        async with trio.open_nursery() as callers:
            callers.start_soon(checker.check, Path("hang"), "x")
            await wait_all_tasks_blocked()
            callers.start_soon(checker.check, Path("first"), "x")
            callers.start_soon(checker.check, Path("second"), "x")
            await wait_all_tasks_blocked()
            with pytest.raises(Busy, match="2 images wait"):
                await checker.check(Path("good"), "x")
            callers.cancel_scope.cancel()
        await trio.sleep(CheckLimits().seconds + 1)  # on a clock that jumps
        await checker.check(Path("good"), "x")
        assert decoders.examined == ["hang", "good"]
        nursery.cancel_scope.cancel()


async def test_who_waits_when_the_checker_stops_is_told(autojump_clock: MockClock) -> None:
    """Nobody waits for ever; before and after, it is busy."""
    checker = ImageChecker(Decoders(), CheckLimits(), children=1)
    with pytest.raises(Busy):
        await checker.check(Path("good"), "x")
    stopped: list[str] = []

    async def ask() -> None:
        with pytest.raises(ActorStopped):
            await checker.check(Path("hang"), "x")
        stopped.append("told")

    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        async with trio.open_nursery() as callers:
            callers.start_soon(ask)
            callers.start_soon(ask)
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await wait_all_tasks_blocked()
    with pytest.raises(Busy):
        await checker.check(Path("good"), "x")


async def test_a_child_that_cannot_be_started_is_the_servers_trouble(autojump_clock: MockClock) -> None:
    """The client may try again; the checker goes on."""

    def fail() -> None:
        raise StartFailed("no more processes")

    checker = ImageChecker(Decoders(fail), CheckLimits(), children=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        for _ in range(2):
            with pytest.raises(Busy):
                await checker.check(Path("good"), "x")
        nursery.cancel_scope.cancel()
