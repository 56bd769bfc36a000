"""Who finds the tools, and who keeps the store of packages, cancelled at every step: the next life finds all well."""

import logging
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from actors.projects.home.packagestore import PackageStore
from actors.projects.home.tools import Tools
from tests.actors.projects.home.test_tools import SAYS, put_pnpm, tools_of
from tests.actors.projects.packages.support import Programs
from tests.actors.sweeping import stride, sweep
from tests.waiting import until

logger = logging.getLogger(__name__)

_LIMIT = 100_000
_ANSWER_S = 10.0
"""For the next life, in which nothing is slow."""


async def test_the_tools(tmp_path: Path) -> None:
    """Whoever asks is answered by the life after that in which the looking was cut off."""
    put_pnpm(tmp_path)
    made: dict[int, Tools] = {}

    async def live(tools: Tools) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tools.keep)
            async with trio.open_nursery() as asking:
                asking.start_soon(tools.has_node)
                for _ in range(2):
                    asking.start_soon(tools.get)
            nursery.cancel_scope.cancel()

    async def scenario(at: int) -> None:
        made[at] = tools_of(Programs(SAYS), tmp_path, after=1000.0)
        await live(made[at])

    async def after(at: int) -> None:
        tools = made.pop(at)  # the same, as its supervisor has it, with what the cancel left in it
        with trio.fail_after(_ANSWER_S):
            await live(tools)
        assert tools.node.available, at
        assert tools.ready is not None
        assert (tools.ready.pnpm is not None, tools.problem) == (True, ""), at

    points = await sweep(scenario, after)
    logger.info("the tools: %d points", points)
    assert points > 10


def _fill(store: PackageStore) -> None:
    (store.directory / "package").write_bytes(b"x" * 2 * _LIMIT)


def _is_tidy(store: PackageStore) -> bool:
    """Whether it is there, is empty, and nothing of an older one lies beside it."""
    # A store that is swapped meanwhile can be gone between the two looks.
    with suppress(FileNotFoundError):
        there = [path.name for path in store.directory.parent.iterdir()]
        return there == ["store"] and not list(store.directory.iterdir())
    return False


@pytest.mark.parametrize("installs", [0, 1])
async def test_the_store_of_packages(tmp_path: Path, installs: int) -> None:
    """It is there all the time, is emptied in the next life when that was cut off, and each turn is given back."""
    made: dict[int, PackageStore] = {}

    async def scenario(at: int) -> None:
        (tmp_path / str(at) / "store").mkdir(parents=True)
        store = made[at] = PackageStore(tmp_path / str(at) / "store", _LIMIT, 2)
        _fill(store)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.keep)
            for _ in range(installs):
                async with store.installing():
                    await until(lambda: store.busy)  # who empties it waits for this install
            await until(lambda: _is_tidy(store))
            nursery.cancel_scope.cancel()

    async def after(at: int) -> None:
        store = made.pop(at)
        assert store.directory.is_dir(), at
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.keep)
            await until(lambda: _is_tidy(store), _ANSWER_S, f"an empty store after a cancel at step {at}")
            nursery.cancel_scope.cancel()
        with trio.fail_after(_ANSWER_S):
            async with store.installing(), store.installing():
                assert store.busy

    points = await sweep(scenario, after, stride=stride(1))
    logger.info("the store of packages: %d points", points)
    assert points > 10
