"""Installs, really run, with a package manager that only pretends."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.limits import TreeLimits
from actors.projects.home.settings import HomeSettings
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.runner import ALREADY, WAITING, ProjectRunner
from actors.runtime.errors import Conflict
from tests.actors.processes.programs import gone_now, marked
from tests.actors.projects.home.standins import make_node
from tests.actors.projects.running.conftest import LEVELS, Running, start
from tests.waiting import until

pytestmark = pytest.mark.real


@LEVELS
async def test_what_the_store_lacks_is_fetched_elsewhere(running: Running) -> None:
    """With a way out and the store, where nothing else of the project is; in the project it is only copied."""
    (running.app / ".npmrc").write_text("registry=https://evil.example.test/")
    outcome = await running.install()
    assert outcome.ok, outcome
    assert not outcome.skipped
    first, proxy, *seen, second, last = outcome.output.splitlines()
    assert "--prefer-offline" in first
    assert proxy.startswith("proxy: http://127.0.0.1:")
    assert seen == ["node_modules", "package-lock.json", "package.json"]
    assert "--offline" in second
    assert last == "proxy: none"
    assert list(running.home.store.rglob("*.*")) == []
    assert [file.name for file in running.home.store.rglob("*") if file.is_file()] == ["fetched"]
    assert (running.app / "package-lock.json").read_text() == "locked\n"
    assert not list(running.layout.staging.iterdir())
    assert not list((running.home.store.parent / "ways").iterdir())


@LEVELS
async def test_what_cannot_be_removed_afterwards_is_no_failure(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All is installed; what is left goes with the project's next run, and the log says so."""

    def broken(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("actors.projects.running.fetching.remove_tree", broken)
    assert (await running.install()).ok
    assert "cannot be removed for now: Input/output error" in caplog.text
    assert (running.app / "node_modules" / "left-pad").is_dir()


async def test_npm_asks_its_registry_even_for_what_the_store_has(running: Running) -> None:
    """It does not say what it has left out, as pnpm does (see `test_left_out`)."""
    other = running.another()
    assert (await other.install()).ok
    (running.app / "package-lock.json").write_text("locked\n")
    outcome = await running.install()
    assert outcome.ok
    assert outcome.output.count("installing with") == 2
    assert outcome.output.count("--prefer-offline") == 1
    (running.home.store / "npm" / "fetched").unlink()
    (running.app / "package.json").write_text('{"name": "x"}')
    outcome = await running.install()
    assert outcome.ok
    assert outcome.output.count("installing with") == 2
    assert "does not have it" not in outcome.output


async def test_it_is_not_done_again_while_nothing_changed(running: Running) -> None:
    """Whatever it goes by."""
    assert (await running.install()).ok
    outcome = await running.install()
    assert (outcome.skipped, outcome.ok, outcome.seconds) == (True, True, 0.0)
    assert running.lines[-1] == ALREADY
    assert (await running.install("zod")).output.splitlines()[0].endswith(" zod")
    assert not (await running.install()).skipped
    assert (await running.install()).skipped
    (running.app / "package.json").write_text('{"dependencies": {}}')
    assert not (await running.install()).skipped
    (running.app / "node_modules" / "left-pad").rmdir()
    assert not (await running.install()).skipped
    assert {line.source for line in running.runner.log.tail(100)} == {"install"}


async def test_a_lock_file_that_somebody_wrote_meanwhile_is_not_written_over(running: Running) -> None:
    """Who wrote it is told."""
    (running.app / "slow").touch()
    fetching = running.layout.staging

    async def write() -> None:
        await until(lambda: list(fetching.iterdir()))
        (running.app / "package-lock.json").write_text("another\n")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        with pytest.raises(Conflict, match="changed by something else"):
            await running.install()
    assert (running.app / "package-lock.json").read_text() == "another\n"
    assert not list(fetching.iterdir())


async def test_one_that_failed_is_done_again(running: Running) -> None:
    """Its output is the outcome's."""
    (running.app / "fail").write_text("ERR no such package\n")
    outcome = await running.install()
    assert outcome.exit_code == 9
    assert "no such package" in outcome.output
    assert not (await running.install()).skipped


async def test_package_json_written_meanwhile_is_installed_next_time(running: Running) -> None:
    """The install may not have seen it."""
    (running.app / "slow").touch()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(running.install)
        await until(lambda: any(line.startswith("installing") for line in running.lines))
        (running.app / "package.json").write_text('{"name": "x"}')
        (running.app / "slow").unlink()
    assert not (await running.install()).skipped
    assert (await running.install()).skipped


async def test_one_at_a_time_in_a_project_and_two_on_a_server(running: Running) -> None:
    """The others wait, and say so; a cancel of one that waits is heard."""
    others = [running.another(f"project-{number}") for number in (2, 3)]
    for each in (running, others[0]):
        (each.app / "hang").touch()
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.install)
            nursery.start_soon(running.install)
            nursery.start_soon(others[0].install)
            await until(lambda: (running.app / "hanging").exists() and (others[0].app / "hanging").exists())
            nursery.start_soon(others[1].install)
            await until(lambda: others[1].lines == [WAITING])
            await until(lambda: sum(line.startswith("installing") for line in running.lines) == 2)
            nursery.cancel_scope.cancel()
    gone_now(*marked(running.data_id), seconds=1.0)
    assert (await others[1].install()).ok


async def test_time_and_limits(running: Running) -> None:
    """What the store holds is not the project's; what the project gets is."""
    (running.home.store / "much").write_bytes(b"x" * 60 * 2**20)
    small = TreeLimits(disk=50 * 2**20)
    runner = ProjectRunner(running.home, "project-1", running.layout, OutputLog(running.layout.log), small)
    running = replace(running, runner=runner)
    outcome = await running.install()
    assert outcome.ok
    (running.app / "fill").touch()
    (running.app / "package.json").write_text("[]")
    outcome = await running.install()
    assert "MB of disk" in outcome.overrun
    assert not outcome.ok
    (running.app / "fill").unlink()
    (running.app / "filled").unlink()
    (running.app / "hang").touch()
    outcome = await running.install(seconds=0.5)
    assert outcome.timed_out
    gone_now(*marked(running.data_id), seconds=1.0)


@LEVELS
async def test_scripts_run_without_the_store_and_without_a_network(
    level: Level, tmp_path: Path, nursery: trio.Nursery, data_id: str
) -> None:
    """When they are wanted at all."""
    find = make_node(tmp_path / "data" / "packages" / "node")
    running = await start(nursery, tmp_path, data_id, HomeSettings(highest=level, scripts=True), find=find)
    outcome = await running.install()
    assert outcome.ok
    assert (running.app / "rebuilt").read_text() == "rebuilt, proxy: none\n"
    assert "the store is seen" not in "".join(running.lines)


async def test_without_a_registry(level: Level, tmp_path: Path, nursery: trio.Nursery, data_id: str) -> None:
    """It does with what the store has, and says so."""
    find = make_node(tmp_path / "node", {"registry": "http://plain.example.test/"})
    running = await start(nursery, tmp_path, data_id, HomeSettings(highest=level), find=find)
    outcome = await running.install()
    assert "--offline" in outcome.output
    assert "proxy: none" in outcome.output
    assert "no package registry can be used" in running.lines[0]
    assert "https" in json.dumps(running.home.state())
