"""What all projects share, found on this machine."""

import json
from functools import partial
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import Spawn, open_tree
from actors.projects.home import home as module
from actors.projects.home.home import Home
from actors.projects.home.settings import HomeSettings
from tests.actors.processes.conftest import data_id
from tests.actors.projects.home.standins import REGISTRY, make_node

__all__ = ["data_id"]


@pytest.fixture
def spawn(data_id: str) -> Spawn:
    """Return what opens trees."""
    return partial(open_tree, data_id=data_id)


@pytest.mark.real
async def test_it_finds_all_by_itself(tmp_path: Path, nursery: trio.Nursery, spawn: Spawn) -> None:
    """The level, Node, and what the package manager has to know; and it tells."""
    directory = tmp_path / "packages"
    settings = HomeSettings(look_after=0.0, hosts=(("more.example.test", 443),))
    home = Home(spawn, Watchdog(), directory, settings, find=make_node(tmp_path / "node"))
    assert home.state()["level"] is None
    (directory / "ways").mkdir(parents=True)
    (directory / "ways" / "left.sock").touch()
    (directory / "canaries" / "callboard-left").mkdir(parents=True)
    with trio.fail_after(30):
        await nursery.start(home.run)
        assert not list((directory / "ways").iterdir())
        assert (await home.has_node()).available
        tools = await home.toolchain()
        sandbox = await home.sandbox()
    assert sandbox.level is (await home.finding()).level
    assert not list((directory / "canaries").iterdir())
    assert home.allowed(tools).hosts == {(REGISTRY, 443), ("more.example.test", 443)}
    state = json.loads(json.dumps(home.state()))
    assert (state["level"], state["node"], state["pnpm"]) == (sandbox.level.name, "20.1.2", None)
    assert state["passed"]
    assert "pnpm" in state["problem"]
    assert home.new_way() != home.new_way()


async def test_a_machine_on_which_nothing_can_be_tried(
    tmp_path: Path, nursery: trio.Nursery, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the lowest level, and says why."""

    async def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "find_level", full)
    home = Home(spawn, Watchdog(), tmp_path, HomeSettings(look_after=1000.0), find=list)
    await nursery.start(home.run)
    with trio.fail_after(5):
        assert (await home.finding()).level is Level.L0
    assert "No space left" in home.state()["missing"][0]["why"]


async def test_it_can_be_run_again(tmp_path: Path, spawn: Spawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a supervisor does: what was found is still known, and who waited gets it."""

    async def full(*_: object, **__: object) -> None:
        raise OSError

    home = Home(spawn, Watchdog(), tmp_path, HomeSettings(look_after=1000.0), find=list)
    waiting = trio.Event()

    async def wait() -> None:
        waiting.set()
        await home.sandbox()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await waiting.wait()
            monkeypatch.setattr(module, "find_level", full)
            for _ in range(2):
                async with trio.open_nursery() as running:
                    await running.start(home.run)
                    await home.finding()
                    running.cancel_scope.cancel()


def test_bounds_that_mean_nothing_are_refused() -> None:
    """Before anything starts."""
    with pytest.raises(ValueError, match="positive"):
        HomeSettings(installs=0)
    with pytest.raises(ValueError, match="positive"):
        HomeSettings(store_bytes=0)
    with pytest.raises(ValueError, match="positive"):
        HomeSettings(retry_after=-1)
