"""Projects with dev servers at each sandbox level, of which nothing may be left."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import open_tree
from actors.projects.devserver.slots import Slots
from tests.actors.processes.programs import marked
from tests.actors.projects.devserver.support import Ground, Project, open_project
from tests.attacks.available import levels

Open = Callable[..., AbstractAsyncContextManager[Project]]


@pytest.fixture(params=[level for level in levels() if level >= Level.L1], ids=lambda level: f"L{level.value}")
def level(request: pytest.FixtureRequest) -> Level:
    """Return a level; a test that does not ask for it runs at the best one."""
    return Level(request.param)


@pytest.fixture
def best() -> Level:
    """Return the best level."""
    return levels()[0]


@pytest.fixture
async def ground(request: pytest.FixtureRequest, nursery: trio.Nursery) -> AsyncIterator[Ground]:
    """Return what projects share; no process of them is left in the end."""
    wanted = request.getfixturevalue("level" if "level" in request.fixturenames else "best")
    data_id = f"test-{uuid4().hex}"
    watchdog = Watchdog()
    await nursery.start(watchdog.run)
    yield Ground(Sandbox(wanted, partial(open_tree, data_id=data_id), watchdog))
    assert not marked(data_id)


@pytest.fixture
def slots() -> Slots:
    """Return room for two dev servers."""
    return Slots(2)


@pytest.fixture
def opened(ground: Ground, slots: Slots, tmp_path: Path) -> Open:
    """Return a way to open a project."""

    def opening(**changes: Any) -> AbstractAsyncContextManager[Project]:
        return open_project(tmp_path, ground, **{"slots": slots, **changes})

    return opening
