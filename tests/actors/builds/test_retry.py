"""A build that is tried again: the same prompt, workspace and port, under a runId of its own."""

from pathlib import Path

import pytest

from actors.builds.base import BuildRequest
from actors.runtime.errors import Conflict, NotFound
from tests.actors.builds.test_build import fails
from tests.actors.builds.world import SEVEN, hangs, makes_an_app, open_world
from tests.waiting import until


async def test_a_new_build_of_the_same(tmp_path: Path) -> None:
    """In the workspace of the first; each has its own messages."""
    async with open_world(tmp_path, fails) as world:
        await world.accept()
        assert (await world.end())["state"] == "failed"
        world.pipeline.body = makes_an_app
        new = await world.builds.retry("run-1")
        assert new != "run-1"
        assert new.startswith("run-")
        end = await world.end(new)
        first = await world.builds.status("run-1")
        assert end["state"] == "succeeded"
        for name in ("prompt", "workspace_id", "workspace", "port"):
            assert end[name] == first[name]
        assert world.orchestrator.seven(new) == SEVEN
        asked = (await world.builds.record(new)).request["asked"]
        assert BuildRequest.from_json(asked).run_id == new


async def test_one_that_goes_on(tmp_path: Path) -> None:
    """Is not tried again; nor is one that there is not."""
    async with open_world(tmp_path, hangs) as world:
        await world.accept()
        await until(lambda: world.pipeline.running == 1)
        with pytest.raises(Conflict):
            await world.builds.retry("run-1")
        with pytest.raises(NotFound):
            await world.builds.retry("run-2")
        await world.builds.cancel("run-1")
        world.pipeline.body = makes_an_app
        new = await world.builds.retry("run-1")
        await world.builds.remove("run-1")
        assert (await world.end(new))["state"] == "succeeded"
