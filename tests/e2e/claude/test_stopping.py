"""An agent that is stopped in the middle: by a person, or with its server."""

import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Optional

import pytest

from tests.app.web.browser import Tab
from tests.e2e.claude.world import GONE_S, Made, Visit, World, at_once, texts
from tests.e2e.processes import alive
from tests.e2e.projects.grounds import heading, shown
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

SOON_S = 7.0
"""Seconds in which a cancel is answered with the end of the run."""


async def test_cancelled(world: World) -> None:
    """While it writes, or while a tool works for it: all of it ends, what was made stays, and it can go on."""
    async with world.open() as visit:
        await at_once(*(partial(_cancelled, world, visit, scenario) for scenario in ("page-slow", "page-command")))
        assert not world.agents()


async def test_removed_in_the_middle(world: World) -> None:
    """Nothing is left of a project that is removed while its agent works: no process, no file."""
    async with world.open() as visit:
        project = await visit.generate("Make a page. scenario=page-command")
        await _in_the_middle(project, "page-command")
        processes = project.processes()
        assert len(processes) >= 3
        assert (await visit.client.delete(project.path)).status_code == 204
        await until(lambda: not alive(processes), GONE_S, "the end of all processes")
        assert not world.agents()
        assert (await visit.client.get(project.path)).status_code == 404
    assert [str(path) for path in world.place.rglob(f"*{project.id}*")] == []


async def test_the_agent_is_killed(world: World) -> None:
    """By the kernel, that is short of memory, or by hand: it is told, what it used is counted, and it can go on."""
    async with world.open() as visit:
        project = await visit.generate("Make a page. scenario=page-command")
        await _in_the_middle(project, "page-command")
        for pid in world.agents():
            os.kill(pid, signal.SIGKILL)
        ended = await project.ended("failed")
        assert ended["result"] == {"code": "worker_died"}
        assert "it was killed by signal 9. See that the machine has memory left" in ended["reason"]
        (log,) = [event["data"]["message"] for event in await project.events("log")]
        assert "0.0113 USD are counted" in log
        assert ended["usage"]["cost_usd"] == pytest.approx(3 * (1000 * 3 + 50 * 15) / 1e6)
        _then_says(world, "page-command")
        await project.go_on()
        await project.ended("succeeded")
        assert not world.agents()


async def test_the_server_is_killed(world: World, tab: Tab) -> None:
    """No agent outlives its server; the project waits for a person, and its agent then knows what it did."""
    async with world.open() as visit:
        project = await visit.generate("Make a page. scenario=page-command")
        await _in_the_middle(project, "page-command")
        processes = project.processes()
        began = time.monotonic()
        await visit.server.kill()
        await until(lambda: not world.agents(), GONE_S, "the end of the agent")
        await until(lambda: not alive(processes), GONE_S, "the end of all processes")
        assert time.monotonic() - began < 2 * GONE_S
    async with world.open() as visit:
        again = visit.project(project.id)
        broken = await again.ended("interrupted")
        assert "It is not run again by itself" in broken["reason"]
        assert "ontinue" in broken["reason"]
        assert broken["usage"]["turns"] >= 2
        assert "Page" in await again.file("index.html")
        asked = len(world.api.asked())
        _then_says(world, "page-command")
        await again.go_on()
        done = await again.ended("succeeded")
        assert done["usage"]["turns"] == broken["usage"]["turns"] + 1
        request = world.api.asked()[asked]
        for words in ("I write a page.", "I run it.", "You were broken off"):
            assert words in texts(request), words
        await tab.goto(again.page())
        await (await shown(tab, "host")).until(heading("Page"))


async def test_the_server_is_stopped(world: World) -> None:
    """A server that is asked to stop takes its agents with it, and says so to the project."""
    async with world.open() as visit:
        project = await visit.generate("Make a page. scenario=page-slow")
        await _in_the_middle(project, "page-slow")
        began = time.monotonic()
        assert await visit.server.stop() == 0
        assert time.monotonic() - began < 2 * SOON_S
        assert not world.agents()
    async with world.open() as visit:
        broken = await visit.project(project.id).ended("interrupted")
        assert "ontinue" in broken["reason"]


async def _cancelled(world: World, visit: Visit, scenario: str) -> None:
    project = await visit.generate(f"Make a page. scenario={scenario}")
    await _in_the_middle(project, scenario)
    before = await project.status()
    assert before["preview"]["state"] == "running"
    agents = project.processes()
    assert len(agents) >= 2
    began = time.monotonic()
    assert (await project.cancel())["state"] == "cancelled"
    assert time.monotonic() - began < SOON_S
    await until(lambda: not alive(agents), GONE_S, "the end of the agent and its command")
    after = await project.status()
    for part in ("preview", "versions"):
        assert after[part] == before[part]
    assert after["usage"]["turns"] >= 2
    assert "Page" in await project.file("index.html")
    _then_says(world, scenario)
    await project.go_on()
    done = await project.ended("succeeded")
    assert await project.said(2) == ["I go on."]
    asked = texts(world.asked(scenario)[-1])
    assert "You were broken off" in asked
    assert "I write a page." in asked
    assert done["preview"]["state"] == "running"


async def _in_the_middle(project: Made, scenario: str) -> None:
    """Wait until the agent is where nothing more comes by itself."""
    if scenario == "page-slow":
        await project.told("assistant_message", message=3)
    else:
        await project.told("assistant_message", text="I run it.")
        await until(lambda: _command(project) is not None, GONE_S, "the command")


def _then_says(world: World, scenario: str) -> None:
    """Have the model end with the next thing that it says."""
    (world.api.scripts / f"{scenario}.json").write_text('[{"text": "I go on."}]')


def _command(project: Made) -> Optional[int]:
    """The process of the command that an agent runs."""
    return next((pid for pid, _ in project.processes() if _runs(pid, b"node\0slow.mjs")), None)


def _runs(pid: int, words: bytes) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(words)
    except OSError:
        return False
