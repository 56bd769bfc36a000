"""Accepting builds: what a name that is known costs, and what one that is free does not."""

from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.builds import service
from actors.builds.base import BuildRequest
from actors.builds.files import LOG_NAME, fresh_attempt
from actors.journal.base import Record
from actors.runtime.errors import Conflict
from tests.actors.builds.world import World, open_world
from tests.waiting import until


class Looks:
    """Counts the looks into a world's journal for one actor.

    Args:
        world: Whose.
        monkeypatch: Pytest's.
    """

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._get = world.journal.get
        monkeypatch.setattr(world.journal, "get", self._counted)

    async def _counted(self, actor_id: str) -> "Record | None":
        self.count += 1
        return await self._get(actor_id)


async def test_nobody_asks_the_disk_for_what_memory_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither whether a new name is free, nor for a build that lives; a server that starts anew looks once."""
    async with open_world(tmp_path) as world:
        world.orchestrator.blocked.add("npm install")
        looks = Looks(world, monkeypatch)
        accepted = await world.accept()
        again = await world.accept()
        assert looks.count == 0
        assert again["id"] == accepted["id"] == "run-1"
        await world.orchestrator.reached.wait()
        await world.restart()
        before = looks.count
        for _ in range(3):
            await world.accept()
        assert looks.count == before + 1
        assert world.pipeline.runs == 1
        await world.builds.cancel("run-1")


async def test_an_ended_build_is_known_without_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only in the same words, and not when it was removed."""
    async with open_world(tmp_path) as world:
        request = BuildRequest("run-1", "a habit tracker", "ws-run-1")
        assert not world.builds.knows(request)
        await world.accept()
        await world.end()
        looks = Looks(world, monkeypatch)
        assert world.builds.knows(request)
        assert not world.builds.knows(replace(request, prompt="something else"))
        assert looks.count == 0
        await world.builds.remove("run-1")
        assert not world.builds.knows(request)


async def test_other_words_for_a_build_that_lives(tmp_path: Path) -> None:
    """They are refused, and change nothing of what is known of it."""
    async with open_world(tmp_path) as world:
        world.orchestrator.blocked.add("npm install")
        await world.accept()
        for _ in range(2):
            with pytest.raises(Conflict, match="another request"):
                await world.accept(prompt="something else")
            await world.accept()
        await world.builds.cancel("run-1")


async def test_a_name_that_is_free_again(tmp_path: Path) -> None:
    """What was asked under it before is another request by then, and what was left on the disk is gone."""
    async with open_world(tmp_path) as world:
        await world.accept()
        await world.end()
        await world.builds.remove("run-1")
        left = tmp_path / "builds" / "run-1"
        await trio.to_thread.run_sync(_leave_log, left)
        world.orchestrator.blocked.add("npm install")
        await world.accept(prompt="another app")
        with pytest.raises(Conflict, match="another request"):
            await world.accept()
        await until(lambda: "npm install" in world.orchestrator.log[-1:])
        assert not (left / LOG_NAME).exists()
        await world.builds.cancel("run-1")


def _leave_log(directory: Path) -> None:
    directory.mkdir()
    (directory / LOG_NAME).write_text("of the one before")


async def test_more_builds_than_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is asked for the others, which are known all the same."""
    monkeypatch.setattr(service, "_REMEMBERED", 2)
    async with open_world(tmp_path) as world:
        world.orchestrator.blocked.add("npm install")
        names = [f"run-{number}" for number in range(4)]
        for name in names:
            await world.accept(name)
        looks = Looks(world, monkeypatch)
        for name in names[2:]:
            await world.accept(name)
        assert looks.count == 0
        await world.accept(names[0])
        assert looks.count == 1
        with pytest.raises(Conflict):
            await world.accept(names[1], prompt="something else")
        for name in names:
            await world.builds.cancel(name)
        assert world.pipeline.runs <= 4


async def test_places_of_those_that_come_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told its own with its first event, also while those before it are being written."""
    async with open_world(tmp_path, slots=1) as world:
        world.orchestrator.blocked.add("npm install")
        await world.accept("first")
        await world.orchestrator.reached.wait()
        write, go_on = world.journal.write, trio.Event()
        told: list[int] = []

        async def held(change: object) -> object:
            await go_on.wait()
            return await write(change)  # type: ignore[arg-type]  # it is one

        monkeypatch.setattr(world.journal, "write", held)
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(world.accept, f"run-{number}")
            await trio.testing.wait_all_tasks_blocked(0.05)
            go_on.set()
        for number in range(4):
            (event, *_) = (await world.journal.read_events(f"run-{number}", 0, 10)).entries
            told.append(event.decoded()["data"]["queue_position"])
        assert sorted(told) == [1, 2, 3, 4]
        for number in range(4):
            await world.builds.cancel(f"run-{number}")
        await world.builds.cancel("first")


def test_the_directory_comes_with_the_first_attempt(tmp_path: Path) -> None:
    """A later one leaves what the first has kept."""
    directory = tmp_path / "run-1"
    assert fresh_attempt(directory, 1) == directory / "attempt-1"
    (directory / "attempt-1" / LOG_NAME).write_text("one")
    assert fresh_attempt(directory, 2) == directory / "attempt-2"
    assert sorted(path.name for path in directory.iterdir()) == ["attempt-2", LOG_NAME]
    assert (directory / LOG_NAME).read_text() == "one"
    assert fresh_attempt(tmp_path / "lost with the power", 2).is_dir()
