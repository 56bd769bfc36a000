"""What is bounded in projects besides what each part bounds by itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.processes.sandbox.limits import TreeLimits
from actors.projects.base import GenerateRequest
from actors.projects.bounds import LOOK_AFTER_BYTES, AtOnce, Quota
from actors.projects.generators.base import Order, Tell, Toolbox
from actors.runtime.errors import Busy, TooLarge
from tests.actors.projects.world import Scripted, open_world, writes


def test_so_many_at_once() -> None:
    """Of one, and of all; and none is remembered that is not used."""
    bound = AtOnce(3, 2)
    with bound.one("a"), bound.one("a"):
        with pytest.raises(Busy, match="2 tools are at work on a now"), bound.one("a"):
            raise AssertionError
        with bound.one("b"), pytest.raises(Busy), bound.one("c"):
            raise AssertionError
    with bound.one("a"):
        assert dict(bound._users) == {"a": 1}
    assert dict(bound._users) == {}


async def test_a_quota_is_looked_at_before_the_first_write_and_now_and_then(tmp_path: Path) -> None:
    """Not each time: to count a large project takes a while."""
    limiter = trio.CapacityLimiter(1)
    quota = Quota(tmp_path, TreeLimits(disk=1 << 20, files=3))
    await quota.check(10, limiter)
    for number in range(3):
        (tmp_path / str(number)).write_bytes(b"x")
    await quota.check(10, limiter)
    with pytest.raises(TooLarge, match="3 files"):
        await quota.check(LOOK_AFTER_BYTES, limiter)
    with pytest.raises(TooLarge):
        await quota.check(0, limiter)
    (tmp_path / "0").unlink()
    await quota.check(0, limiter)


async def test_a_full_app_takes_no_more_files(tmp_path: Path) -> None:
    """The generator is told what to do."""
    told: list[str] = []

    async def fills(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        for number in range(60):
            result = await toolbox.call("write_file", {"path": f"{number}.txt", "content": "x"})
            if not result.ok:
                told.append(result.text)
        return {}

    async with open_world(tmp_path, Scripted(fills)) as world:
        world.shared.home.settings = type(world.shared.home.settings)(tree=TreeLimits(files=20))
        await world.until(await world.accept(), "succeeded")
    assert "Remove what is not needed" in told[0]


async def test_more_projects_than_the_janitor_keeps_are_refused(tmp_path: Path) -> None:
    """Copies too."""
    async with open_world(tmp_path, Scripted(writes), most=2) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        await world.projects.fork(project)
        for ask in (world.projects.fork(project), world.projects.accept(GenerateRequest("x"))):
            with pytest.raises(Busy, match="has 2 projects"):
                await ask
        await world.projects.end(project)
        await world.accept()
