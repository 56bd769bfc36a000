"""Builds with a pipeline that behaves as the App Factory does: where it writes, how it fails, and how long it takes."""

from pathlib import Path

import pytest
import trio

from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.rounds import SEVEN, Round, line_of, open_round
from tests.waiting import until

QUICK = "SPEED=20 KIND=plain"


async def _works(found: Round, run: str, how: str, *between: str) -> None:
    """An app comes of it."""
    await found.ask(run, prompt=f"{QUICK} {how}: a shop", assignedPort=5123)
    end = await found.check(run)
    assert end["result"]["cost_usd"] == pytest.approx(1.03)
    assert found.outside.asked(f"ws-{run}") == ["npm install", *between, "npm start"]
    _check_app(Path(end["workspace"]))
    contents = found.outside.contents(run)
    assert any("PRD Agent active" in content for content in contents), contents
    assert any("Critic" in content for content in contents), contents


def _check_app(workspace: Path) -> None:
    """The whole app is in the workspace itself, its dot files too, and goes by the port that was asked for."""
    assert {"package.json", ".gitignore", ".env.example"} <= {path.name for path in workspace.iterdir()}
    assert "5123" in (workspace / "package.json").read_text(encoding="utf-8")


async def _fails(found: Round, run: str, mode: str, words: str) -> None:
    """There is no app, and it is said why, last."""
    await found.ask(run, prompt=f"{QUICK} MODE={mode}: a shop")
    await found.check(run, "failed")
    last = found.outside.messages[run][-1]
    assert words in last["content"], last
    assert found.outside.asked(f"ws-{run}") == []


@pytest.mark.real
async def test_where_it_writes_and_how_it_fails(tmp_path: Path) -> None:
    """All at once, so that none of them disturbs the others."""
    checkout = make_checkout(tmp_path / "checkout")
    async with open_round(tmp_path, **checkout, builds_at_once=4) as found, trio.open_nursery() as nursery:
        nursery.start_soon(_works, found, "cwd", "WHERE=cwd")
        nursery.start_soon(_works, found, "checkout", "WHERE=checkout")
        nursery.start_soon(_works, found, "next", "KIND=next", "npm run build")
        nursery.start_soon(_works, found, "asks-kindly", "MODE=asks-kindly")
        nursery.start_soon(_works, found, "noise", "MODE=noise")
        nursery.start_soon(_works, found, "leaves", "MODE=leaves")
        nursery.start_soon(_fails, found, "stage-fails", "stage-fails", "package.json")
        nursery.start_soon(_fails, found, "asks", "asks", "nobody is there to answer")
        nursery.start_soon(_fails, found, "crashes", "crashes", "the model is not available")
        nursery.start_soon(_fails, found, "killed", "killed", "out of memory")
    assert [path.name for path in (tmp_path / "checkout" / "apps").iterdir()] == ["ws-checkout"]
    assert "npm run build" in " ".join(found.outside.contents("next"))
    assert found.crashes() == []
    assert found.server.family() == set()


@pytest.mark.real
async def test_what_is_said_comes_while_it_runs(tmp_path: Path) -> None:
    """Heartbeats of a pipeline that never ends; each moment is the line's own."""
    async with open_round(tmp_path, **make_checkout(tmp_path / "checkout")) as found:
        await found.ask("live", prompt="MODE=loud: a shop")
        beats = found.outside.until(lambda: sum("active for" in each for each in found.outside.contents("live")) >= 3)
        await beats
        assert (await found.status("live"))["state"] == "running"
        assert found.pipelines()
        assert line_of(found.outside.contents("live"), *SEVEN) == SEVEN[:2]
        assert (await found.client.delete("/api/builds/live")).status_code in (200, 202)
        await found.check("live", "cancelled")
        await found.nothing_left()


async def _is_ended(found: Round, run: str, mode: str, words: str) -> None:
    await found.ask(run, prompt=f"MODE={mode}: a shop")
    end = await found.check(run, "failed")
    assert words in end["reason"], end
    assert words in found.outside.contents(run)[-1]
    assert found.outside.asked(f"ws-{run}") == []


@pytest.mark.real
async def test_past_its_limits(tmp_path: Path) -> None:
    """One that goes on and on, one that says nothing any more, and those that leave something or do not want to end."""
    # What prints has to have begun to by then, though five start at once and the machine is slow.
    limits = {"build_seconds": 10, "build_idle_seconds": 5}
    async with open_round(tmp_path, **make_checkout(tmp_path / "checkout"), **limits, builds_at_once=5) as found:
        async with trio.open_nursery() as nursery:
            for mode in ("loud", "stubborn", "leaves-loud", "dots"):
                nursery.start_soon(_is_ended, found, mode, mode, "")
            nursery.start_soon(_is_ended, found, "silent", "silent", "printed nothing for 5 s")
        for mode in ("loud", "stubborn", "leaves-loud"):
            last = found.outside.contents(mode)[-1]
            assert "not done within" in last or "took longer" in last
        await found.nothing_left()
        left = tmp_path / "workspaces" / "ws-leaves-loud" / "left.pid"
        pid = int(left.read_text(encoding="ascii"))
        await until(lambda: not Path(f"/proc/{pid}").exists(), 5, "the end of what was left behind")
