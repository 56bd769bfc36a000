"""The checker's queue and its restarts, without processes."""

from collections.abc import AsyncIterator, Callable, Sequence
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
        self.turns: list[int] = []
        self._asked: list[Path] = []
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

    async def ask(self, paths: Sequence[Path]) -> None:
        """Remember what is to be looked at."""
        self._asked = list(paths)
        self.turns.append(len(paths))

    async def answers(self) -> list[dict[str, Any]]:
        """Answer about the next one, hang, end, or say that the turn is over."""
        path = self._asked.pop(0)
        if path.name == "slow" and self._asked:
            await trio.sleep(1)  # on a clock that jumps
            return [GOOD, {"later": len(self._asked)}]
        self.examined.append(path.name)
        if path.name == "hang":
            await trio.sleep_forever()
        if path.name == "gone":
            raise DecoderGone
        return [{"ok": False, "problem": "is bad"} if path.name == "bad" else GOOD]


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


async def test_of_many_the_first_bad_one_is_named(autojump_clock: MockClock) -> None:
    """Be it bad, or the end of its child; those before it are good."""
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(), children=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        good = [(Path("good"), f"{number}.jpg") for number in range(3)]
        assert [image.width for image in await checker.check_all(good)] == [3, 3, 3]
        for name, problem in (("bad", "is bad"), ("gone", "cannot be decoded within"), ("hang", "cannot be decoded")):
            with pytest.raises(InvalidInput, match=rf"'x\.jpg' {problem}"):
                await checker.check_all([*good, (Path(name), "x.jpg"), (Path("gone"), "y.jpg")])
        assert await checker.check_all(good)
        assert await checker.check_all([]) == []
        nursery.cancel_scope.cancel()


async def test_of_many_each_gets_the_whole_time(autojump_clock: MockClock) -> None:
    """It begins anew with each answer: one that hangs is refused after 20 seconds of its own."""

    class Slow(Decoders):
        async def answers(self) -> list[dict[str, Any]]:
            await trio.sleep(19)  # on a clock that jumps
            return await super().answers()

    checker = ImageChecker(Slow(), CheckLimits(), children=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        with pytest.raises(InvalidInput, match=r"'c\.jpg' cannot be decoded"):
            await checker.check_all([(Path("good"), "a.jpg"), (Path("good"), "b.jpg"), (Path("hang"), "c.jpg")])
        assert trio.current_time() == pytest.approx(2 * 19 + 20)
        nursery.cancel_scope.cancel()


async def test_who_asks_about_many_waits_for_the_others_after_each_turn(autojump_clock: MockClock) -> None:
    """A turn that is over goes to whoever else waits; the rest comes after that."""
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(), children=1)
    ended: list[str] = []

    async def ask(name: str, *photos: str) -> None:
        found = await checker.check_all([(Path(photo), photo) for photo in photos])
        assert len(found) == len(photos)
        ended.append(name)

    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        async with trio.open_nursery() as callers:
            callers.start_soon(ask, "many", "slow", "slow", "good")
            await wait_all_tasks_blocked()
            callers.start_soon(ask, "one", "good")
        assert sorted(ended) == ["many", "one"]
        assert decoders.turns == [3, 1, 2, 1]
        nursery.cancel_scope.cancel()


async def test_a_child_is_replaced_after_enough_images_of_one_question(autojump_clock: MockClock) -> None:
    """Two images a child: five that are asked about at once need three."""
    decoders = Decoders()
    checker = ImageChecker(decoders, CheckLimits(images_per_child=2), children=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        assert len(await checker.check_all([(Path("good"), "x")] * 5)) == 5
        assert (decoders.opened, decoders.turns) == (3, [2, 2, 1])
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
