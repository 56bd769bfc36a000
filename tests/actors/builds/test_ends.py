"""Builds that are cancelled, stopped, removed or given up: what is kept, and what is done again."""

from pathlib import Path

import pytest

from actors.builds.commands import Patience
from actors.runtime.errors import StorageFull
from tests.actors.builds.world import SEVEN, hangs, makes_an_app, open_world
from tests.waiting import until


async def test_removing_on_a_full_disk(tmp_path: Path) -> None:
    """What cannot be removed is still there, and its messages are still delivered."""
    async with open_world(tmp_path) as world:
        world.orchestrator.down = True
        await world.accept()
        await until(lambda: len(world.context.mailboxes) == 0 and "npm start" in world.orchestrator.log)
        world.journal.stuck = True
        with pytest.raises(StorageFull):
            await world.builds.remove("run-1")
        world.journal.stuck = False
        world.orchestrator.down = False
        await world.end()
        assert world.orchestrator.seven("run-1") == SEVEN


async def test_an_orchestrator_that_is_down(tmp_path: Path) -> None:
    """The build is no later; then all messages come, in order."""
    async with open_world(tmp_path) as world:
        world.orchestrator.down = True
        await world.accept()
        await until(lambda: "npm start" in world.orchestrator.log)
        await until(lambda: len(world.context.mailboxes) == 0)
        status = await world.builds.status("run-1")
        assert (status["state"], status["delivery"]["trouble"]) == ("succeeded", "It is down.")
        assert status["delivery"]["waiting"] == status["messages"]
        await world.restart()
        world.orchestrator.down = False
        await world.end()
        assert world.orchestrator.seven("run-1") == SEVEN


async def test_commands_that_nobody_takes(tmp_path: Path) -> None:
    """Asked for a while, then the build ends and says what to do."""
    async with open_world(tmp_path, patience=Patience(retry=0.6)) as world:
        world.orchestrator.exec_down = True
        await world.accept()
        end = await world.end()
        assert end["state"] == "failed"
        assert "`npm install` could not be run: It is down. Start it." in end["reason"]


@pytest.mark.parametrize("command", ["npm install", "npm start"])
async def test_cancelled_in_a_command(tmp_path: Path, command: str) -> None:
    """What runs in the container is ended, and that is said."""
    async with open_world(tmp_path) as world:
        world.orchestrator.blocked.add(command)
        await world.accept()
        await world.orchestrator.reached.wait()
        assert await world.builds.cancel("run-1")
        end = await world.end()
        assert end["state"] == "cancelled"
        assert "kill" in world.orchestrator.commands[-1][1]
        last = world.orchestrator.messages["run-1"][-1]
        assert (last["type"], last["content"]) == (
            "error", "Cancelled on request. What runs in the workspace was told to end.",
        )  # fmt: skip
        await world.nothing_left()


async def test_cancelled_in_the_pipeline(tmp_path: Path) -> None:
    """Nothing was started elsewhere, so that nobody is asked to end it."""
    async with open_world(tmp_path, hangs) as world:
        await world.accept()
        await until(lambda: world.pipeline.running == 1)
        assert await world.builds.cancel("run-1")
        assert (await world.end())["state"] == "cancelled"
        assert world.orchestrator.commands == []
        assert world.orchestrator.contents("run-1")[-1] == "Cancelled on request."


async def test_time_is_up(tmp_path: Path) -> None:
    """A build that hangs is ended, and says what to do."""
    async with open_world(tmp_path, hangs, total=0.6) as world:
        await world.accept()
        end = await world.end()
        assert (end["state"], end["result"]) == ("failed", {"code": "timeout"})
        assert "not done within 0.6 seconds." in end["reason"]


async def test_stopped_and_started_again(tmp_path: Path) -> None:
    """It goes on from the phase that it was in, and says nothing twice."""
    async with open_world(tmp_path) as world:
        world.orchestrator.blocked.add("npm install")
        await world.accept()
        await world.orchestrator.reached.wait()
        world.orchestrator.blocked.clear()
        await world.restart()
        end = await world.end()
        assert (end["state"], world.pipeline.runs) == ("succeeded", 1)
        assert world.orchestrator.seven("run-1") == SEVEN


async def test_a_costly_pipeline_is_not_run_again(tmp_path: Path) -> None:
    """The server ended while it ran: whoever asked decides."""
    async with open_world(tmp_path, hangs, resumable=False) as world:
        await world.accept()
        await until(lambda: world.pipeline.running == 1)
        await world.restart()
        end = await world.end()
        assert (end["state"], world.pipeline.runs) == ("interrupted", 1)
        assert "not run again by itself" in world.orchestrator.contents("run-1")[-1]


async def test_a_free_pipeline_is_run_again(tmp_path: Path) -> None:
    """It goes on, and no message of the seven comes twice."""
    async with open_world(tmp_path, hangs) as world:
        await world.accept()
        await until(lambda: world.pipeline.running == 1)
        world.pipeline.body = makes_an_app
        await world.restart()
        assert (await world.end())["state"] == "succeeded"
        assert world.orchestrator.seven("run-1") == SEVEN


async def test_removed_with_messages_waiting(tmp_path: Path) -> None:
    """They go with it; its workspace stays."""
    async with open_world(tmp_path) as world:
        world.orchestrator.down = True
        await world.accept()
        await until(lambda: len(world.context.mailboxes) == 0 and "npm start" in world.orchestrator.log)
        await world.builds.remove("run-1")
        assert await world.journal.get("run-1") is None
        assert await world.journal.undelivered() == {}
        assert world.workspace().exists()
