"""A build, and all that it runs on, cancelled at every step: nothing is left, and it goes on with the truth."""

import logging
from itertools import groupby
from pathlib import Path

import pytest
import trio

from actors.builds.base import Built, Order, Said, Step, Tell
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.builds.world import SEVEN, Scripted, World, makes_an_app, open_world
from tests.actors.jobs.world import FlakyJournal
from tests.actors.sweeping import acting, each, stride, sweep
from tests.waiting import until

logger = logging.getLogger(__name__)

_FAR = 3000
"""More steps than a build's life has."""


async def _works(order: Order, tell: Tell) -> Built:
    """A pipeline with a nursery and a few checkpoints."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)
        await tell(Said("action", "on it", Step.STRUCTURE))
        await trio.lowlevel.checkpoint()
    return await makes_an_app(order, tell)


class FileWorld(World):
    """A world whose journal is a file, so that it is there after everything has ended."""

    accepted = False

    def __init__(self, root: Path) -> None:
        super().__init__(root, Scripted(_works))
        self.journal = FlakyJournal(root / "journal.sqlite3")
        self.fresh()

    async def live(self, run: str = "") -> dict[str, str]:
        """Open all of it, ask for a build if one is named, and see all that there are to their ends: their states."""
        found = {}
        async with open_supervisor("server") as self.supervisor:
            await self.supervisor.start(ChildSpec("journal", self.journal.run))
            await self.start()
            if run:
                await self.accept(run)
                self.accepted = True
            for build in await self.builds.ids():
                found[build] = str((await self.end(build))["state"])
        return found


@pytest.mark.slow
async def test_everything_is_cancelled_at_every_step(tmp_path: Path) -> None:
    """Journal, outbox and builds at once, as by a second signal: the next start ends what was accepted."""
    worlds: dict[int, FileWorld] = {}

    async def scenario(at: int) -> None:
        root = tmp_path / str(at)
        root.mkdir()
        worlds[at] = FileWorld(root)
        await worlds[at].live("run-1")

    async def after(at: int) -> None:
        world = worlds.pop(at)
        assert world.pipeline.running == 0
        world.fresh()
        found = await world.live()
        assert not world.accepted or found == {"run-1": "succeeded"}, at
        if found == {"run-1": "succeeded"}:
            # A message whose record was cut off comes again, at once after itself.
            assert [content for content, _ in groupby(world.orchestrator.seven("run-1"))] == SEVEN, at
        assert not list((world.root / "builds").glob("*/attempt-*"))

    points = await sweep(scenario, after, stride=stride(5), most=_FAR)
    logger.info("a build with all that it runs on: %d points", points)
    assert points > 20


@pytest.mark.slow
async def test_a_build_is_cancelled_at_every_step(tmp_path: Path) -> None:
    """By a client: it is cancelled or had ended, says so as its last word, and leaves nothing."""
    async with open_world(tmp_path, _works) as world:
        points = 0
        for at in each(5, _FAR):
            if not await _cancel_at(world, f"run-{at}", at):
                break
            points += 1
        logger.info("a build: %d points", points)
        assert points > 10


async def _cancel_at(world: World, run: str, at: int) -> bool:
    now = trio.Event()
    await world.accept(run)
    with acting(at, now.set):
        await until(lambda: now.is_set() or world.context.mailboxes.get(run) is None)
        reached = now.is_set()
    began = trio.current_time()
    cancelled = await world.builds.cancel(run)
    assert trio.current_time() - began < 5  # a promise: 2 s, and what a busy machine adds
    status = await world.end(run)
    assert status["state"] in (("cancelled", "succeeded") if cancelled else ("succeeded",)), at
    told = world.orchestrator.messages[run][-1]
    assert (told["type"] == "success") == (status["state"] == "succeeded"), told
    await world.nothing_left()
    return reached
