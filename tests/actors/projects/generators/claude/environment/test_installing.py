"""The environment is made whole or not at all, whatever happens meanwhile."""

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Union

import pytest
import trio

from actors.processes.table import read_process
from actors.processes.workdir import UNFINISHED
from actors.projects.generators.claude.environment.finding import find_environment
from actors.projects.generators.claude.environment.installing import Plan, install, remove
from actors.projects.generators.claude.environment.locked import read_lock
from actors.projects.generators.claude.environment.pip import Download, Stage
from actors.projects.generators.claude.environment.programs import SetupFailed
from actors.projects.generators.claude.environment.record import NAME, Record, write_record
from actors.runtime.errors import CallboardError, StorageFailed, StorageFull
from tests.actors.projects.generators.claude.environment.fake import FakePython, write_lock
from tests.waiting import until

pytestmark = pytest.mark.real

DEADLINE_S = 20.0
News = list[Union[Stage, Download]]


@pytest.fixture
def python(tmp_path: Path) -> FakePython:
    """What it is made with."""
    return FakePython(tmp_path / "python")


@pytest.fixture
def plan(tmp_path: Path, python: FakePython) -> Plan:
    """An environment in a directory that is not there yet."""
    return Plan(tmp_path / "data" / "claude", str(python.path), lock=write_lock(tmp_path / "lock"), room=1)


def found(plan: Plan) -> bool:
    """Whether there is an environment for the plan."""
    return find_environment(plan.directory, read_lock(plan.lock)).environment is not None


def folders(plan: Plan) -> list[Path]:
    """The environments' folders, whole or not."""
    return list(plan.directory.glob("env-*"))


async def test_it_is_made(plan: Plan, python: FakePython, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is said before anything is fetched, then each stage; pip gets the lock and no key."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-1")
    news: News = []

    installed = await install(plan, news.append)

    assert not installed.already
    assert (installed.environment.version, installed.environment.cli) == ("1.2.3", "4.5.6")
    assert installed.environment.python.is_file()
    assert found(plan)
    stages = [item.text for item in news if isinstance(item, Stage)]
    assert [stage.split()[0] for stage in stages] == [
        "claude-agent-sdk",
        "making",
        "asking",
        "downloading",
        "installing",
        "checking",
    ]
    assert "175 MB to download, 420 MB on disk" in stages[0]
    assert Download("claude-agent-sdk 1.2.3", 83100000, 166200000) in news
    assert str(plan.lock) in json.loads(python.noted("arguments"))
    assert "ANTHROPIC_API_KEY" not in json.loads(python.noted("environment"))
    assert not (installed.environment.root / "scratch").exists()
    assert len(folders(plan)) == 1


async def test_it_can_be_repeated(plan: Plan, python: FakePython) -> None:
    """Nothing is run for it: not even its Python has to be there still."""
    first = await install(plan, lambda news: None)
    python.behave("venv")

    second = await install(replace(plan, python="/nowhere"), lambda news: None)

    assert second.already
    assert second.environment == first.environment


async def test_it_can_be_made_anew(plan: Plan) -> None:
    """Beside the one that is there, which then goes."""
    first = await install(plan, lambda news: None)

    second = await install(replace(plan, force=True), lambda news: None)

    assert not second.already
    assert folders(plan) == [second.environment.root] != [first.environment.root]


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("venv", "could not make an environment: no such thing"),
        ("fail ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was tested"),
        ("fail ERROR: whatever", "whatever"),
        ("fail [Errno 28] No space left on device", "disk became full"),
        ("broken", "libanswer.so.42 is missing"),
        ("bare", "without its program"),
    ],
)
async def test_a_failure_leaves_nothing(plan: Plan, python: FakePython, mode: str, problem: str) -> None:
    """And it leaves what was there before; the next try is like the first."""
    python.behave(mode)
    with pytest.raises((SetupFailed, StorageFull), match=problem) as caught:
        await install(plan, lambda news: None)
    assert caught.value.hint
    assert not plan.directory.exists()

    python.behave("good")
    first = await install(plan, lambda news: None)
    python.behave(mode)
    with pytest.raises(CallboardError, match=problem):
        await install(replace(plan, force=True), lambda news: None)
    assert folders(plan) == [first.environment.root]
    assert found(plan)


async def test_cancelling_leaves_nothing(plan: Plan, python: FakePython) -> None:
    """What was started is ended."""
    python.behave("hang")
    with trio.fail_after(DEADLINE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(install, plan, lambda news: None)
            await until(lambda: python.noted("pip.pid"))
            assert (folders(plan)[0] / "scratch" / "half-a-file").exists()
            nursery.cancel_scope.cancel()

    assert read_process(int(python.noted("pip.pid"))) is None
    assert not plan.directory.exists()


async def test_there_is_no_room(plan: Plan, python: FakePython) -> None:
    """It is said before anything is fetched, with both amounts."""
    with pytest.raises(StorageFull, match=r"MB free, and 4611686018427 MB are needed"):
        await install(replace(plan, room=2**62), lambda news: None)

    assert not python.noted("arguments")
    assert not plan.directory.exists()


async def test_the_directory_cannot_be_used(plan: Plan, tmp_path: Path) -> None:
    """A file where a directory has to be."""
    (tmp_path / "file").touch()

    with pytest.raises(StorageFailed, match="cannot be written to"):
        await install(replace(plan, directory=tmp_path / "file" / "claude"), lambda news: None)


async def test_one_of_another_lock_is_replaced(plan: Plan, tmp_path: Path) -> None:
    """An update of Callboard: the old one stays until the new one works."""
    first = await install(plan, lambda news: None)
    newer = replace(plan, lock=write_lock(tmp_path / "newer", "1.3.0"))
    assert not found(newer)

    second = await install(newer, lambda news: None)

    assert not second.already
    assert folders(plan) == [second.environment.root] != [first.environment.root]
    assert found(newer)


async def test_a_damaged_record_is_replaced(plan: Plan) -> None:
    """What belongs to it goes too."""
    await install(plan, lambda news: None)
    (plan.directory / NAME).write_text("{", encoding="utf-8")

    installed = await install(plan, lambda news: None)

    assert not installed.already
    assert folders(plan) == [installed.environment.root]


async def test_what_was_left_behind_goes(plan: Plan) -> None:
    """When the machine went down in the middle, the next run removes it, even if there is nothing to install."""
    installed = await install(plan, lambda news: None)
    for name in ("env-000000000000-00000000", "env-111111111111-11111111"):
        (plan.directory / name / "bin").mkdir(parents=True)
    (plan.directory / f"{NAME}{UNFINISHED}").touch()

    assert (await install(plan, lambda news: None)).already

    assert {path.name for path in plan.directory.iterdir()} == {NAME, "setup.lock", installed.environment.root.name}


async def test_two_at_once(plan: Plan, python: FakePython) -> None:
    """The second waits for the first, says so, and then finds it there."""
    python.behave("hang")
    ends: dict[str, bool] = {}
    news: News = []

    def started(name: str, tell: Callable[[Union[Stage, Download]], None]) -> Callable[[], Awaitable[None]]:
        """An installation by that name."""

        async def run() -> None:
            ends[name] = (await install(plan, tell)).already

        return run

    with trio.fail_after(DEADLINE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(started("first", lambda told: None))
            await until(lambda: python.noted("pip.pid"))
            nursery.start_soon(started("second", news.append))
            await until(lambda: news)
            python.go()

    assert ends == {"first": False, "second": True}
    assert news == [Stage(f"process {os.getpid()} is at work in {plan.directory}: waiting for it")]
    assert len(folders(plan)) == 1


async def test_the_second_goes_on_when_the_first_fails(plan: Plan, python: FakePython) -> None:
    """The lock's file goes with the directory, and a new one is taken."""
    python.behave("hang")
    news: News = []
    scope = trio.CancelScope()

    async def first() -> None:
        with scope:
            await install(plan, lambda told: None)

    with trio.fail_after(DEADLINE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            await until(lambda: python.noted("pip.pid"))
            nursery.start_soon(install, plan, news.append)
            await until(lambda: news)
            python.behave("good")
            scope.cancel()

    assert found(plan)
    assert len(folders(plan)) == 1


async def test_it_is_removed(plan: Plan) -> None:
    """All of it, with the directory."""
    await install(plan, lambda news: None)

    assert await remove(plan.directory, lambda news: None)

    assert not plan.directory.exists()
    assert not await remove(plan.directory, lambda news: None)


async def test_nothing_else_is_removed(plan: Plan) -> None:
    """A directory that somebody uses for other things as well."""
    await install(plan, lambda news: None)
    (plan.directory / "letters").mkdir()
    (plan.directory / "letters" / "dear.txt").touch()

    assert await remove(plan.directory, lambda news: None)

    assert sorted(path.name for path in plan.directory.iterdir()) == ["letters", "setup.lock"]
    assert not await remove(plan.directory, lambda news: None)
    assert (plan.directory / "letters" / "dear.txt").exists()


async def test_the_record_is_switched_in_one_step(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it cannot be written, the one before it still counts and no half one stays."""
    installed = await install(plan, lambda news: None)
    monkeypatch.setattr(os, "fsync", _no_space)

    with pytest.raises(OSError, match="full"):
        write_record(plan.directory, Record("env-000000000000-00000000", "", "", "", ""))

    monkeypatch.undo()
    assert found(plan)
    assert {path.name for path in plan.directory.iterdir()} == {NAME, "setup.lock", installed.environment.root.name}


def _no_space(*arguments: object) -> None:
    """Fail as a full disk does."""
    raise OSError(28, "full")
