"""Commands of a project, really run."""

from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import APP, Level
from actors.processes.sandbox.levels import SandboxTooWeak
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.tools import find_tools
from actors.projects.home.settings import HomeSettings
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.runner import ProjectRunner
from actors.runtime.errors import CallboardError
from tests.actors.processes.programs import gone_now, marked
from tests.actors.projects.home.standins import REGISTRY, make_node
from tests.actors.projects.running.conftest import LEVELS, Running, start
from tests.waiting import until

pytestmark = pytest.mark.real


def seen(running: Running, level: Level) -> Path:
    """Return where the project is seen inside."""
    return APP if level >= Level.L2 else running.app


@LEVELS
async def test_commands(running: Running, level: Level) -> None:
    """They run in the project, with its own programs first, and end as they end."""
    root = seen(running, level)
    programs = running.app / "node_modules" / ".bin"
    programs.mkdir(parents=True)
    (programs / "own").write_text("#!/bin/sh\necho own in $PWD, home $HOME, proxy ${HTTPS_PROXY:-none}; pwd >&2")
    (programs / "own").chmod(0o755)
    outcome = await running.run("own")
    home = "/home/app" if level >= Level.L2 else running.layout.own / "home"
    assert outcome.output == f"own in {root}, home {home}, proxy none\n{root}\n"
    assert outcome.ok
    assert running.lines == outcome.output.splitlines()
    assert [line.source for line in running.runner.log.tail(9)] == ["command", "command"]
    (running.app / "a b").mkdir()
    outcome = await running.run("pwd", cwd=running.app / "a b")
    assert outcome.output == f"{root / 'a b'}\n"
    assert (await running.run("node", "--version")).output == "v20.1.2\n"
    assert (await running.run("sh", "-c", "exit 3")).exit_code == 3
    outcome = await running.run("sh", "-c", "kill -9 $$")
    assert (outcome.exit_code, outcome.signal) == (None, 9)
    outcome = await running.run("unheard-of")
    assert outcome.exit_code == 127
    assert "No such file" in outcome.output


@LEVELS
async def test_a_directory_that_was_swapped_leads_nowhere(running: Running) -> None:
    """It was looked at before; a link in its place is followed inside, where there is nothing else."""
    (running.app / "sub").symlink_to(running.layout.own)
    secret = running.layout.own / "secret"
    secret.write_text("secret")
    outcome = await running.run("cat", "secret", cwd=running.app / "sub")
    assert not outcome.ok
    assert "secret\n" not in outcome.output


@LEVELS
async def test_time_and_limits(running: Running) -> None:
    """What takes too long or too much is ended, with all that it started, and the outcome says so."""
    for seconds in (0.5, 2.0, 8.0):  # a busy machine takes longer to have it print anything
        outcome = await running.run("sh", "-c", "echo up; sleep 600 & sleep 600", seconds=seconds)
        assert outcome.timed_out
        assert not outcome.ok
        if outcome.output:
            break
    assert outcome.output == "up\n"
    gone_now(*marked(running.data_id), seconds=1.0)
    small = TreeLimits(disk=20 * 2**20)
    runner = ProjectRunner(running.home, "project-1", running.layout, OutputLog(running.layout.log), small)
    outcome = await runner.run(
        ["sh", "-c", "head -c 60000000 /dev/zero >x; sleep 600"], cwd=running.app, seconds=20, on_line=print
    )
    assert not outcome.timed_out
    assert "MB of disk" in outcome.overrun


@LEVELS
async def test_cancelled(running: Running) -> None:
    """A cancel leaves nothing."""
    (running.app / "stubborn.sh").write_text("trap '' TERM\nsetsid sleep 600 &\necho up\nsleep 600\n")
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: running.run("sh", "stubborn.sh"))
            await until(lambda: "up" in running.lines)
            nursery.cancel_scope.cancel()
    gone_now(*marked(running.data_id), seconds=1.0)


@LEVELS
async def test_a_command_with_a_network(running: Running, level: Level) -> None:
    """It gets a way out to the registry's host, and neither the store nor any other host."""
    connect = (
        "import os, socket, sys\n"
        "host, port = os.environ['HTTPS_PROXY'].split('/')[-1].split(':')\n"
        "s = socket.create_connection((host, int(port)))\n"
        "s.sendall(f'CONNECT {sys.argv[1]}:443 HTTP/1.1\\r\\n\\r\\n'.encode())\n"
        "print(s.recv(100).split()[1].decode())\n"
    )
    (running.app / "connect.py").write_text(connect)
    python = str(find_tools().interpreter)
    refused = await running.run(python, "connect.py", "example.test", network=True)
    listed = await running.run(python, "connect.py", REGISTRY, network=True)
    assert refused.output.splitlines()[-1] == "403"
    assert listed.output.splitlines()[-1] == "502"
    assert "[example.test:443 was not reached: the host is not on the list" in refused.output
    outcome = await running.run("sh", "-c", f"touch {running.home.store}/x", network=True)
    assert not outcome.ok
    assert not list((running.home.store.parent / "ways").iterdir())


async def test_the_walls_of_a_dev_server(running: Running, level: Level) -> None:
    """The same, with what it needs besides."""
    confinement = await running.runner.confinement(
        listen=5, port=5173, environment={"PORT": "5173"}, tree=TreeLimits(memory=2**30)
    )
    assert (confinement.listen, confinement.port, confinement.egress) == (5, 5173, None)
    assert confinement.environment["PORT"] == "5173"
    assert confinement.environment["NEXT_TELEMETRY_DISABLED"] == "1"
    assert confinement.environment["PATH"].startswith(f"{seen(running, level)}/node_modules/.bin:")
    assert confinement.tree.memory == 2**30
    assert running.home.store not in confinement.own


async def test_without_node(tmp_path: Path, nursery: trio.Nursery, data_id: str) -> None:
    """It says how to get it."""
    running = await start(nursery, tmp_path, data_id, HomeSettings(), find=list)
    with pytest.raises(CallboardError, match="no Node") as failed:
        await running.run("true")
    assert "callboard[projects]" in failed.value.hint


async def test_a_weak_sandbox_is_refused_unless_it_is_allowed(
    tmp_path: Path, nursery: trio.Nursery, data_id: str
) -> None:
    """The refusal names what there is."""
    find = make_node(tmp_path / "node")
    running = await start(nursery, tmp_path, data_id, HomeSettings(highest=Level.L0), find=find)
    with pytest.raises(SandboxTooWeak, match="needs the sandbox level L1, and this machine has L0"):
        await running.run("true")
    with pytest.raises(SandboxTooWeak):
        await running.install()
    allowed = HomeSettings(highest=Level.L0, lowest=Level.L0)
    running = await start(nursery, tmp_path / "b", data_id, allowed, find=find)
    assert (await running.run("true")).ok


async def test_nothing_of_the_servers_environment(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what all programs of a project get."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("npm_config_token", "secret")
    outcome = await running.run("env")
    assert "secret" not in outcome.output
    names = {line.split("=")[0] for line in outcome.output.splitlines()}
    own = {"npm_config_manage_package_manager_versions", "npm_config_offline", "npm_config_update_notifier"}
    assert {name for name in names if name.startswith("npm_")} == own
