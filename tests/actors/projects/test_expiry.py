"""The janitor among projects."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.janitor import Janitor, Retention
from actors.processes.workdir import disk_use
from actors.projects.generators.base import Order, Tell, Toolbox
from actors.runtime.errors import StorageFailed
from tests.actors.projects.world import Scripted, open_world, writes
from tests.waiting import until

EXPIRED = 100
RUNNING = 10


async def by_its_prompt(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """Write pages of different sizes; then end, or go on for ever."""
    for number in range(3):
        text = order.prompt * (1 + 400 * number)
        assert (await toolbox.call("write_file", {"path": f"pages/{number}.html", "content": text})).ok
    if order.prompt.startswith("go on"):
        (order.session / "reached").touch()
        await trio.sleep_forever()
    return await writes(order, toolbox, tell)


@pytest.mark.slow
async def test_what_has_expired_goes_while_others_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The disk gets back what was measured, and who runs does not notice."""
    root = tmp_path / "world"
    async with open_world(root, Scripted(by_its_prompt), slots=EXPIRED + RUNNING, idle=0.05) as world:
        old = [await world.accept(f"old {number}") for number in range(EXPIRED)]
        for project in old:
            await world.until(project, "succeeded")
        going = [await world.accept(f"go on {number}") for number in range(RUNNING)]
        last = [world.shared.layout(project).app / "pages/2.html" for project in going]
        reached = [world.shared.layout(project).session / "reached" for project in going]
        await until(lambda: all(path.exists() for path in reached))
        await until(lambda: len(world.shared.actors) == RUNNING)
        measured = sum([await world.projects.disk_use(project) for project in old])
        before = _used(root)
        caplog.set_level(logging.INFO, "actors.janitor")
        assert await Janitor(((world.projects, Retention(days=0, count=1000, size=1 << 40)),)).clean() == EXPIRED
        assert before - _used(root) == measured
        said = sum(int(record.getMessage().split()[-2]) for record in caplog.records if "has expired" in record.msg)
        assert said == measured
        assert {str(snapshot["id"]) for _, snapshot in await world.projects.page(limit=500)} == set(going)
        assert all([(await world.projects.status(project))["state"] == "running" for project in going])
        assert all(path.exists() for path in last)


def _used(root: Path) -> int:
    """Bytes of what belongs to projects; the directories that hold them may have grown."""
    return sum(disk_use(path) for parent in ("projects", "own") for path in (root / parent).iterdir())


async def test_the_status_says_when_it_goes(tmp_path: Path) -> None:
    """Once nothing runs."""
    async with open_world(tmp_path, Scripted(writes), days=2.0) as world:
        project = await world.accept()
        status = await world.until(project, "succeeded")
        assert status["expires"]["at"] > status["updated"]
        assert "2 days" in status["expires"]["why"]


async def test_what_goes_on_again_has_not_expired(tmp_path: Path) -> None:
    """Whatever was decided before; and what is in use neither."""
    async with open_world(tmp_path, Scripted(writes), idle=0.02) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        seen = await world.projects.record(project)
        await world.projects.message(project, "go on")
        assert not await world.projects.remove_expired(seen)
        await world.until(project, "succeeded")
        async with world.projects.awake(project):
            assert not await world.projects.remove_expired(await world.projects.record(project))
        await until(lambda: not world.shared.actors)
        seen, batches = await world.projects.record(project), world.shared.journal.written
        assert await world.projects.remove_expired(seen)
        assert world.shared.journal.written == batches + 1, "a server killed between two would have it half removed"
        assert not await world.projects.remove_expired(seen)


async def test_a_root_that_became_a_link_is_refused(tmp_path: Path) -> None:
    """Tools of projects that are there already would write where it leads."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        root = world.shared.layout(project).project.parent
        root.rename(tmp_path / "away")
        root.symlink_to(tmp_path / "away")
        with pytest.raises(StorageFailed, match="not a directory of its own"):
            await world.projects.call(project, "write_file", {"path": "x", "content": "x"})
        assert "not a directory of its own" in await world.projects.trouble()
