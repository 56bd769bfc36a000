"""Versions that are restored, and forks: each is the whole copy or none."""

from pathlib import Path

import pytest

from actors.runtime.errors import NotFound, StorageFailed
from tests.actors.projects.world import Scripted, open_world, writes
from tests.waiting import until


async def test_a_version_is_restored(tmp_path: Path) -> None:
    """And what it was before is a version too."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept("one")
        await world.until(project, "succeeded")
        await world.projects.message(project, "two")
        await world.until(project, "succeeded")
        await world.projects.restore(project, "v1")
        assert "one" in (await world.projects.app(project) / "index.html").read_text()
        with pytest.raises(NotFound):
            await world.projects.restore(project, "v99")


async def test_a_fork_is_a_project_of_its_own(tmp_path: Path) -> None:
    """With the version's files and the prompts that led there."""
    generator = Scripted(writes)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept("one")
        await world.until(project, "succeeded")
        fork = str((await world.projects.fork(project, None, "another"))["id"])
        status = await world.projects.status(fork)
        assert (status["state"], status["name"]) == ("succeeded", "another")
        assert status["forked_from"] == {"id": project, "version": "v1"}
        await world.projects.message(fork, "two")
        await world.until(fork, "succeeded")
        assert generator.orders[-1].earlier == ("one",)
        assert "one" in (await world.projects.app(project) / "index.html").read_text()
        assert "two" in (await world.projects.app(fork) / "index.html").read_text()


async def test_a_restore_that_was_cut_short_is_finished_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what is written next would be lost with it."""
    async with open_world(tmp_path, Scripted(writes), idle=0.02) as world:
        project = await world.accept("one")
        await world.until(project, "succeeded")
        await world.projects.message(project, "two")
        await world.until(project, "succeeded")
        with monkeypatch.context() as patched:
            patched.setattr("actors.projects.versions.restoring.Swap.run", _cut_short)
            with pytest.raises(RuntimeError, match="cut short"):
                await world.projects.restore(project, "v1")
        await until(lambda: not world.shared.actors)
        result = await world.projects.call(project, "write_file", {"path": "more.txt", "content": "kept\n"})
        assert result.ok
        app = await world.projects.app(project)
        assert "one" in (app / "index.html").read_text()
        assert (app / "more.txt").read_text() == "kept\n"


def _cut_short(swap: object) -> None:
    raise RuntimeError("cut short")


async def test_a_failed_fork_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In either directory."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        monkeypatch.setattr("actors.projects.directories.copy_prompts", _cut_short_copy)
        with pytest.raises(StorageFailed, match="cut short"):
            await world.projects.fork(project)
        layout = world.shared.layout(project)
        assert list(layout.project.parent.iterdir()) == [layout.project]
        assert list(layout.own.parent.iterdir()) == [layout.own]


def _cut_short_copy(source: object, target: object) -> None:
    raise OSError("cut short")
