"""A project, and all that it runs on, cancelled at every step: nothing is left, and it goes on with the truth."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.projects.generators.base import Order, Tell, Toolbox
from tests.actors.projects.world import Scripted, World, open_world, writes
from tests.actors.sweeping import acting, each, stride, sweep
from tests.waiting import until

logger = logging.getLogger(__name__)

_FAR = 4000
"""More steps than a project's first run has."""


async def _works(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """A generator with a nursery, a few checkpoints and a tool."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)
        await toolbox.call("write_file", {"path": "src/a.js", "content": "1\n"})
    return await writes(order, toolbox, tell)


@pytest.mark.slow
async def test_everything_is_cancelled_at_every_step(tmp_path: Path) -> None:
    """Journal and projects at once, as by a second signal: the next start makes what was accepted."""
    accepted: dict[int, str] = {}

    async def scenario(at: int) -> None:
        async with open_world(tmp_path / str(at), Scripted(_works)) as world:
            accepted[at] = await world.accept()
            await world.until(accepted[at], "succeeded")

    async def after(at: int) -> None:
        async with open_world(tmp_path / str(at), Scripted(_works)) as world:
            known = await world.projects.ids()
            if at in accepted:
                assert known == [accepted[at]]
                status = await world.until(accepted[at], "succeeded")
                assert status["crashes"] == 0, status
                app = await world.projects.app(accepted[at])
                assert (app / "index.html").read_text(encoding="utf-8") == "<p>a list of plants</p>\n"
                assert (app / "src" / "a.js").exists()

    points = await sweep(scenario, after, stride=stride(6), most=_FAR)
    logger.info("a project with all that it runs on: %d points", points)
    assert points > 20


@pytest.mark.slow
async def test_a_run_is_cancelled_at_every_step(tmp_path: Path) -> None:
    """By a person: it is cancelled or had ended, and its files are those of a version."""
    async with open_world(tmp_path, Scripted(_works), slots=1) as world:
        points = 0
        for at in each(5, _FAR):
            if not await _cancel_at(world, at):
                break
            points += 1
        logger.info("a project's run: %d points", points)
        assert points > 10


async def _cancel_at(world: World, at: int) -> bool:
    now = trio.Event()
    with acting(at, now.set):
        project = await world.accept()
        topic = await world.streams.open(project)
        await until(lambda: now.is_set() or topic.snapshot["state"] == "succeeded")
        reached = now.is_set()
    with trio.fail_after(10):
        await world.projects.cancel(project)
    status = await world.projects.status(project)
    assert status["state"] in ("cancelled", "succeeded"), at
    if status["state"] == "succeeded":
        assert (await world.projects.app(project) / "index.html").exists()
    await world.projects.remove(project)
    await until(lambda: not (world.shared.settings.root / project).exists())
    return reached
