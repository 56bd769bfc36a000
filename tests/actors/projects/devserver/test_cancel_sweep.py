"""A dev server, cancelled at every step: no process, no socket and no place among those that run is left."""

import logging
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import open_tree
from actors.projects.devserver.slots import Slots
from tests.actors.processes.programs import marked
from tests.actors.projects.devserver.support import Ground, open_project
from tests.actors.sweeping import stride, sweep

logger = logging.getLogger(__name__)


def _sockets(folder: Path) -> list[Path]:
    return list(folder.glob("own/*/sockets/*"))


@pytest.mark.real
@pytest.mark.slow
async def test_a_dev_server(tmp_path: Path, best: Level) -> None:
    """Started, asked for a page, stopped; a visitor of the next one finds all that it needs."""
    data_id = f"test-{uuid4().hex}"
    slots = Slots(1)

    async def scenario(at: int) -> None:
        watchdog = Watchdog()
        async with trio.open_nursery() as nursery:
            await nursery.start(watchdog.run)
            ground = Ground(Sandbox(best, partial(open_tree, data_id=data_id), watchdog))
            async with open_project(tmp_path / str(at), ground, slots=slots) as project:
                project.serve(page="hello")
                await project.server.start()
                assert await project.get() == b"hello"
                await project.server.stop("stopped by a person", by_person=True)
            nursery.cancel_scope.cancel()

    async def after(at: int) -> None:
        await trio.lowlevel.checkpoint()
        assert not marked(data_id), at
        assert not _sockets(tmp_path / str(at)), at

    points = await sweep(scenario, after, stride=stride(7))
    logger.info("a dev server: %d points", points)
    assert points > 5
