"""Node and the package manager, as they are looked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Union

import pytest
import trio

from actors.projects.home.tools import Tools
from actors.projects.packages.node import Candidate
from actors.projects.packages.pnpm import PROGRAM, VERSION
from actors.projects.packages.running import ProgramFailed
from actors.runtime.errors import CallboardError
from tests.actors.projects.packages.support import NODE, Programs

CONFIG = json.dumps({"registry": "https://registry.example.test/"})
FOUND = [Candidate(NODE.program, NODE.npm, NODE.places, "PATH")]
SAYS: dict[str, Union[str, ProgramFailed]] = {"--version": "v20.1.2\n", "config": CONFIG, "ci": ProgramFailed("no")}


def tools_of(
    run: Programs, directory: Path, find: Callable[[], list[Candidate]] = lambda: FOUND, after: float = 2.0
) -> Tools:
    """Return tools whose Node is not there."""
    return Tools(run, directory, directory, look_after=after, retry_after=30.0, find=find)


def put_pnpm(directory: Path) -> None:
    """Put a pnpm where it would have been installed before."""
    place = directory / f"pnpm-{VERSION}"
    programs = place / "node_modules" / ".bin"
    programs.mkdir(parents=True)
    (programs / "pnpm").touch(0o755)
    (place / PROGRAM).parent.mkdir(parents=True)
    (place / PROGRAM).touch()
    (place / "node_modules" / "pnpm" / "package.json").write_text(json.dumps({"version": VERSION}))


async def test_node_at_once_the_rest_later(
    tmp_path: Path, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    """Nobody has to ask."""
    put_pnpm(tmp_path)
    run = Programs(SAYS)
    tools = tools_of(run, tmp_path)
    assert not tools.node.available
    nursery.start_soon(tools.keep)
    assert (await tools.has_node()).available
    assert (len(run.ran), tools.version, tools.ready) == (1, "20.1.2", None)
    await trio.testing.wait_all_tasks_blocked()
    mock_clock.jump(2.1)
    await tools._looked.wait()
    assert tools.ready is not None
    assert tools.ready.pnpm is not None
    assert tools.problem == ""


async def test_as_soon_as_somebody_asks_and_once_for_all(
    tmp_path: Path, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    """A task that is cancelled while it waits does not end the looking."""
    put_pnpm(tmp_path)
    run = Programs(SAYS)
    tools = tools_of(run, tmp_path, after=1000.0)
    nursery.start_soon(tools.keep)
    with trio.CancelScope() as scope:
        scope.cancel()
        await tools.get()
    async with trio.open_nursery() as waiting:
        for _ in range(5):
            waiting.start_soon(tools.get)
    assert [argv[-1] for argv in run.ran] == ["--version", "--json"]


async def test_without_node(tmp_path: Path, nursery: trio.Nursery, mock_clock: trio.testing.MockClock) -> None:
    """It says how to get it, looks again now and then, and finds one that was installed meanwhile."""
    put_pnpm(tmp_path)
    looked: list[float] = []
    found: list[Candidate] = []

    def find() -> list[Candidate]:
        looked.append(0)
        return found

    tools = tools_of(Programs(SAYS), tmp_path, find)
    nursery.start_soon(tools.keep)
    for _ in range(5):
        with pytest.raises(CallboardError, match="no Node") as failed:
            await tools.get()
        assert "callboard[projects]" in failed.value.hint
    assert len(looked) == 2
    assert not (await tools.has_node()).available
    assert "no Node" in tools.problem
    found += FOUND
    mock_clock.jump(31)
    assert (await tools.get()).node.version == (20, 1, 2)
    assert (await tools.has_node()).available
    assert tools.problem == ""


async def test_npm_installs_while_pnpm_cannot_be_had(
    tmp_path: Path, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    """And pnpm is tried again later, while nobody waits for it."""
    tools = tools_of(Programs(SAYS), tmp_path)
    nursery.start_soon(tools.keep)
    assert (await tools.get()).pnpm is None
    assert f"pnpm {VERSION} could not be installed" in tools.problem
    put_pnpm(tmp_path)
    mock_clock.jump(29)
    looked = tools._looked
    assert (await tools.get()).pnpm is None
    await trio.testing.wait_all_tasks_blocked()
    assert not looked.is_set()
    mock_clock.jump(2)
    assert (await tools.get()).pnpm is None
    await looked.wait()
    assert (await tools.get()).pnpm is not None
    assert tools.problem == ""


async def test_npm_that_does_not_answer_is_asked_again(
    tmp_path: Path, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    """Who waited learns why."""
    run = Programs({**SAYS, "config": ProgramFailed("npm is broken", hint="Mend it.")})
    tools = tools_of(run, tmp_path)
    nursery.start_soon(tools.keep)
    with pytest.raises(CallboardError, match="npm is broken"):
        await tools.get()
    run.says = {**SAYS, "config": CONFIG}
    mock_clock.jump(31)
    assert (await tools.get()).registries.registry == "https://registry.example.test/"


async def test_what_cannot_be_used_of_the_configuration_is_said(
    tmp_path: Path, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    """A registry without TLS is not reached from a sandbox."""
    put_pnpm(tmp_path)
    config = json.dumps({"registry": "http://registry.example.test/"})
    tools = tools_of(Programs({**SAYS, "config": config}), tmp_path)
    nursery.start_soon(tools.keep)
    assert not (await tools.get()).registries.hosts
    assert "not an https address" in tools.problem
