"""DELETE in each phase: what was started here is ended, and what runs in the workspace through the orchestrator."""

from pathlib import Path
from typing import Any

import pytest

from actors.builds.base import COMPLETED
from actors.builds.commands import STOP
from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.rounds import Round, body, open_round
from tests.waiting import until


async def _cancel(found: Round, run: str) -> dict[str, Any]:
    """Cancel a build, and return how it ended."""
    answer = await found.client.delete(f"/api/builds/{run}", params={"cancel_only": "true"})
    assert answer.status_code in (200, 202), answer.text
    if answer.status_code == 200:
        assert answer.json()["state"] == "cancelled"
    end = await found.check(run, "cancelled")
    last = found.outside.messages[run][-1]
    assert last["type"] == "error"
    assert last["content"].startswith("Cancelled")
    again = await found.client.delete(f"/api/builds/{run}", params={"cancel_only": "true"})
    assert again.status_code == 409
    return end


async def _cancel_command(found: Round, run: str, command: str, prompt: str) -> None:
    """Cancel a build while a command runs, in a real shell."""
    workspace = f"ws-{run}"
    found.outside.instead[command] = "sleep 600 & sh -c 'sleep 601; true' & wait"
    await found.ask(run, prompt=prompt)
    await until(lambda: len(found.outside.running(workspace)) >= 4, 30, f"{command} of {run}")
    await _cancel(found, run)
    await until(lambda: found.outside.running(workspace) == [], 10, "the end of what ran in the workspace")
    assert found.outside.asked(workspace)[-2:] == [command, STOP]
    assert "What runs in the workspace was told to end." in found.outside.contents(run)[-1]
    del found.outside.instead[command]


@pytest.mark.real
async def test_cancelled_before_anything_runs_elsewhere(tmp_path: Path) -> None:
    """While it waits, and while its pipeline runs: nobody is asked to end anything."""
    async with open_round(tmp_path, **make_checkout(tmp_path / "checkout")) as found:
        await found.ask("makes", prompt="MODE=stubborn: a shop", workspaceId="same")
        await found.outside.until(lambda: any("active for" in each for each in found.outside.contents("makes")))
        await found.ask("waits", prompt="SPEED=20: a shop", workspaceId="same")
        assert (await found.status("waits"))["state"] == "queued"
        await _cancel(found, "waits")
        assert found.pipelines()
        await _cancel(found, "makes")
        await found.nothing_left()
        assert found.outside.commands == []
        assert list((tmp_path / "workspaces" / "same").iterdir()) == []
        assert found.crashes() == []


@pytest.mark.real
async def test_cancelled_while_a_command_runs(tmp_path: Path) -> None:
    """An install, a build, and a start whose answer is still to come."""
    async with open_round(tmp_path, **make_checkout(tmp_path / "checkout")) as found:
        found.outside.instead[STOP] = STOP
        found.outside.attached = True
        await _cancel_command(found, "installs", "npm install", "SPEED=0 KIND=plain: a shop")
        await _cancel_command(found, "builds", "npm run build", "SPEED=0 KIND=next: a shop")
        await _cancel_command(found, "starts", "npm start", "SPEED=0 KIND=plain: a shop")
        await found.nothing_left()
        assert found.crashes() == []


@pytest.mark.real
async def test_an_orchestrator_that_ends_nothing(tmp_path: Path) -> None:
    """It is said that something may still run; and the last message comes when somebody takes it."""
    async with open_round(tmp_path) as found:
        found.outside.held |= {("ws-run-1", "npm install"), ("ws-run-1", STOP)}
        await found.ask("run-1")
        await found.outside.until(lambda: found.outside.asked("ws-run-1") == ["npm install"])
        await _cancel(found, "run-1")
        assert "may still run" in found.outside.contents("run-1")[-1]
        # Another one, with nobody there at all.
        found.outside.held.add(("ws-run-2", "npm install"))
        await found.ask("run-2")
        await found.outside.until(lambda: found.outside.asked("ws-run-2") == ["npm install"])
        await found.outside.refuse()
        answer = await found.client.delete("/api/builds/run-2")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        await found.outside.come_back()
        await found.check("run-2", "cancelled", repeats=1)
        assert "may still run" in found.outside.contents("run-2")[-1]


@pytest.mark.real
async def test_removed_when_it_has_ended(tmp_path: Path) -> None:
    """Nothing of it is left but its workspace, and its name is free."""
    async with open_round(tmp_path) as found:
        await found.ask("run-1")
        end = await found.check("run-1")
        answer = await found.client.delete("/api/builds/run-1", params={"cancel_only": "true"})
        assert answer.status_code == 409
        assert (await found.client.delete("/api/builds/run-1")).status_code == 204
        assert (await found.client.get("/api/builds/run-1")).status_code == 404
        assert (await found.client.delete("/api/builds/run-1")).status_code == 404
        assert (await found.client.get("/events/run-1")).status_code == 404
        assert list((found.server.data / "builds").iterdir()) == []
        assert (Path(end["workspace"]) / "package.json").exists()
        again = await found.client.post("/api/build", json=body("run-1", prompt="another one"))
        assert again.status_code == 200
        await found.outside.until(lambda: found.outside.contents("run-1").count(COMPLETED) == 2)
