"""Projects that outlive their actor, their server or their files."""

import shutil
from pathlib import Path

import pytest

from actors.projects.base import FilesGone
from actors.projects.tools.base import ToolEvent
from actors.runtime.errors import StorageFailed
from tests.actors.projects.world import Scripted, hangs, open_world, writes
from tests.waiting import until


async def test_a_stopped_server_goes_on_where_it_may(tmp_path: Path) -> None:
    """A generator that may be run again is, and the stream goes on."""
    generator = Scripted(hangs)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept()
        await until(lambda: bool(generator.orders))
    generator.body = writes
    async with open_world(tmp_path, generator) as world:
        status = await world.until(project, "succeeded")
        assert [order.attempt for order in generator.orders] == [1, 2]
        assert status["attempt"] == 2


async def test_a_run_that_may_cost_is_not_repeated(tmp_path: Path) -> None:
    """It is interrupted, says so, and a message goes on."""
    generator = Scripted(hangs)
    generator.resumable = False
    async with open_world(tmp_path, generator) as world:
        project = await world.accept()
        await until(lambda: bool(generator.orders))
        await until(lambda: (world.shared.layout(project).app / "index.html").exists())
    generator.body = writes
    async with open_world(tmp_path, generator) as world:
        status = await world.until(project, "interrupted")
        assert "Continue it, or send a message" in status["reason"]
        await world.projects.message(project, "go on")
        await world.until(project, "succeeded")


async def test_an_idle_actor_ends_and_comes_back(tmp_path: Path) -> None:
    """Its stream stays open meanwhile."""
    async with open_world(tmp_path, Scripted(writes), idle=0.02) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        await until(lambda: not world.shared.actors)
        topic = await world.streams.open(project)
        assert not topic.ended
        result = await world.projects.call(project, "read_file", {"path": "index.html"})
        assert result.ok
        assert topic.last_seq == (await world.projects.record(project)).last_seq


async def test_removed_files_are_told_and_come_back_with_a_version(tmp_path: Path) -> None:
    """The state says interrupted until then."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        shutil.rmtree(world.shared.layout(project).project)
        status = await world.projects.status(project)
        assert status["state"] == "interrupted"
        assert "are gone" in status["reason"]
        with pytest.raises(FilesGone):
            await world.projects.message(project, "more")
        restored = await world.projects.restore(project, "v1")
        assert (restored["state"], restored["reason"]) == ("succeeded", "")
        assert (await world.projects.app(project) / "index.html").exists()
        types = [kind for kind, _ in await world.events(project)]
        assert types.count("generation_finished") == 1


async def test_one_that_cannot_be_opened_harms_no_other(tmp_path: Path) -> None:
    """Neither while the server runs, nor when it starts."""
    generator = Scripted(hangs)
    async with open_world(tmp_path, generator) as world:
        project, other = await world.accept(), await world.accept()
        await world.until(project, "running")
        layout = world.shared.layout(project)
    shutil.rmtree(layout.staging)
    layout.staging.write_text("not a directory")
    generator.body = writes
    async with open_world(tmp_path, generator) as world:
        await world.until(other, "succeeded")
        status = await world.projects.status(project)
        assert status["state"] == "interrupted"
        assert "cannot be opened" in status["reason"]
        with pytest.raises(StorageFailed):
            await world.projects.call(project, "read_file", {"path": "index.html"})
        await world.projects.end(project)


async def test_an_actor_that_crashes_lives_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on, and counts the crash."""
    generator = Scripted(hangs)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept()
        await until(lambda: bool(generator.orders))
        generator.body = writes
        reporter = world.shared.actors[project].reporter

        async def crash() -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(reporter, "flush", crash)
        reporter.emit(ToolEvent("log", {"level": "info", "message": "the last straw"}))
        await world.until(project, "succeeded")
        assert any("crashed" in record.getMessage() for record in caplog.records)


async def test_files_that_come_back_by_themselves_are_noticed(tmp_path: Path) -> None:
    """The state is what it was."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        layout = world.shared.layout(project)
        layout.project.rename(tmp_path / "away")
        assert (await world.projects.status(project))["state"] == "interrupted"
        (tmp_path / "away").rename(layout.project)
        assert (await world.projects.status(project))["state"] == "succeeded"
