"""`kill -9` of the server at ten moments of a build: it goes on or ends with an error, and no message is lost."""

from pathlib import Path
from typing import Any

import pytest
import trio

from actors.builds.base import COMPLETED, FRONTEND, INITIALIZING, STARTING
from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.outside import Outside, open_outside
from tests.e2e.builds.rounds import Round, body, go_on
from tests.e2e.jobs import FINAL
from tests.e2e.processes import alive
from tests.standins.orchestrator import Answer
from tests.waiting import until

HELD = ("begins", "installs", "installed", "starts", "finishes", "unheard")
"""Six builds that are each kept at a moment until the server is killed; what moment, is said where they are kept."""


async def _kill(found: Round) -> None:
    """Kill the server; what it had started ends too."""
    family = found.server.family()
    await found.server.kill()
    await until(lambda: not alive(family), 10, "the end of what the dead server had started")


async def _ask_unanswered(found: Round, run: str) -> None:
    """Ask for a build, and do not wait for the answer but for what is on disk."""
    stream = await trio.open_tcp_stream("127.0.0.1", found.server.port)
    async with stream:
        request = found.client.build_request("POST", "/api/build", json=body(run))
        lines = [f"{name}: {value}\r\n" for name, value in request.headers.items()]
        await stream.send_all(f"POST /api/build HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + request.content)
        await until(lambda: run in found.server.rows(), what="the build's record")


def _hold(outside: Outside) -> None:
    outside.hung.add(("begins", INITIALIZING))  # the first message is read, and its answer will not come
    outside.held.add(("ws-installs", "npm install"))  # a command runs
    outside.hung.add(("installed", STARTING))  # one has ended, and the next one is announced
    outside.held.add(("ws-starts", "npm start"))  # the app starts
    outside.hung.add(("finishes", COMPLETED))  # all is done, and the last message is under way
    outside.always["unheard"] = Answer(status=500)  # all is done, and no message was ever taken


def _is_held(outside: Outside) -> bool:
    return (
        outside.contents("begins") == [INITIALIZING]
        and outside.asked("ws-installs") == ["npm install"]
        and STARTING in outside.contents("installed")
        and outside.asked("ws-starts") == ["npm install", "npm start"]
        and COMPLETED in outside.contents("finishes")
    )


async def _six_moments(found: Round) -> None:
    """Kill the server when six builds are each at their moment."""
    _hold(found.outside)
    for run in HELD:
        await found.ask(run)
    await until(lambda: _is_held(found.outside), 30, "all six moments")
    for run in ("finishes", "unheard"):
        assert (await found.over(run))["state"] == "succeeded"
    await _kill(found)
    found.outside.held.clear()
    found.outside.always.clear()
    assert found.outside.accepted["unheard"] == []


async def _check_six(found: Round) -> None:
    """All go on from where they were."""
    listed = (await found.client.get("/api/builds")).json()["builds"]
    assert {build["id"] for build in listed} == set(HELD)
    for run in HELD:
        tried = len(found.outside.messages[run]) if run == "unheard" else 1
        end = await found.check(run, repeats=tried)
        assert end["attempt"] == (2 if run in ("installs", "starts") else end["attempt"])
    outside = found.outside
    assert outside.asked("ws-installs") == ["npm install", "npm install", "npm start"]
    assert outside.asked("ws-starts") == ["npm install", "npm start", "npm start"]
    for run in ("finishes", "unheard"):
        assert outside.asked(f"ws-{run}") == ["npm install", "npm start"]
    # Whether it got to ask before it was killed is left to chance.
    assert outside.asked("ws-installed") in (["npm install", "npm start"], ["npm install", "npm start", "npm start"])
    assert outside.contents("finishes").count(COMPLETED) == 2


async def _in_pipeline(found: Round, run: str, prompt: str, word: str) -> None:
    """Kill the server in the middle of what a pipeline prints."""
    await found.ask(run, prompt=prompt)
    await found.outside.until(lambda: any(word in content for content in found.outside.contents(run)))
    assert found.pipelines()
    await _kill(found)
    assert found.pipelines() == []


@pytest.mark.real
@pytest.mark.slow
async def test_killed_at_ten_moments(tmp_path: Path) -> None:
    """One server directory, one orchestrator; each server finishes what the one before has left."""
    root, data = tmp_path / "workspaces", tmp_path / "data"
    root.mkdir()
    factory = make_checkout(tmp_path / "checkout")
    template: dict[str, Any] = {**factory, "pipeline": "template"}
    async with open_outside(root) as outside:
        async with go_on(outside, data, **template) as found:
            await _six_moments(found)
        async with go_on(outside, data, **template) as found:
            await _check_six(found)
            await _ask_unanswered(found, "unanswered")
            await _kill(found)
        async with go_on(outside, data, **template) as found:
            await found.ask("unanswered")
            await found.check("unanswered", repeats=1)
            await found.ask("places")
            await outside.until(lambda: FRONTEND in outside.contents("places"))
            await _kill(found)
        async with go_on(outside, data, **factory) as found:
            await found.check("places", repeats=1)
            await _in_pipeline(found, "costly", "MODE=loud: a shop", "active for")
        async with go_on(outside, data, **factory) as found:
            end = await found.check("costly", "interrupted", repeats=1)
            assert "not run again by itself" in end["reason"]
            assert outside.asked("ws-costly") == []
            await _in_pipeline(found, "free", "SPEED=3 KIND=plain: a shop", "Interaction Spec Agent")
        async with go_on(outside, data, **factory, app_factory_rerun=True) as found:
            end = await found.check("free", repeats=1)
            assert end["attempt"] == 2
            await _check_all(found)


async def _check_all(found: Round) -> None:
    """The list tells of ten builds that have ended, and nothing of them runs or lies about."""
    listed = (await found.client.get("/api/builds")).json()["builds"]
    assert len(listed) == 10
    assert {build["state"] for build in listed} <= FINAL
    assert found.server.rows() == {build["id"]: build["state"] for build in listed}
    assert all(not build["delivery"]["waiting"] for build in listed)
    await found.nothing_left()
    # It may still be finding out, with processes of its own, what sandbox there is.
    await until(lambda: not found.server.family(), 30, "the end of all that the server had started")
    assert found.crashes() == []
    assert (await found.client.get("/health/ready")).json()["streams"] == 0
