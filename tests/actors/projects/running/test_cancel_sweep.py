"""Installs and commands of a project, cancelled at every step: nothing runs on, nothing is held, all goes on."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.projects.home.settings import HomeSettings
from tests.actors.processes.programs import marked
from tests.actors.projects.home.standins import make_node
from tests.actors.projects.running.conftest import Running, start
from tests.actors.sweeping import acting, each
from tests.waiting import until

logger = logging.getLogger(__name__)

pytestmark = [pytest.mark.real, pytest.mark.slow]

Act = Callable[[Running], Awaitable[None]]

_FAR = 2000
_STRIDE = 5


async def _install(running: Running) -> None:
    (running.app / "package.json").write_text('{"name": "x"}')
    assert (await running.install()).ok


async def _command(running: Running) -> None:
    assert (await running.run("sh", "-c", "sleep 600 & echo hello")).ok


async def _cancel_at(running: Running, what: Act, at: int) -> bool:
    with trio.move_on_after(60), trio.CancelScope() as scope, acting(at, scope.cancel) as steps:
        await what(running)
    await until(lambda: not marked(running.data_id), 10, f"the end of all processes, cancelled at step {at}")
    assert not list(running.layout.staging.iterdir()), at
    ways = running.home.store.parent / "ways"
    assert not (ways.exists() and list(ways.iterdir())), at
    assert not running.home.packages.busy, at
    return steps.reached


@pytest.mark.parametrize("what", [_install, _command])
async def test_what_runs_for_a_project(tmp_path: Path, nursery: trio.Nursery, data_id: str, what: Act) -> None:
    """By a client, while the home runs on; each time it is done once more, as a whole, and goes well."""
    find = make_node(tmp_path / "node")
    running = await start(nursery, tmp_path, data_id, HomeSettings(highest=Level.L2), find=find)
    await what(running)
    points = 0
    for at in each(_STRIDE, _FAR):
        for left in ("package-lock.json", "node_modules"):
            _remove(running.app / left)
        if not await _cancel_at(running, what, at):
            break
        with trio.fail_after(60):
            await what(running)
        points += 1
    logger.info("%s: %d points", what.__name__, points)
    assert points > 3


def _remove(path: Path) -> None:
    if path.is_dir():
        for each in sorted(path.rglob("*"), reverse=True):
            each.rmdir() if each.is_dir() else each.unlink()
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
