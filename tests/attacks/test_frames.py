"""Attacks that need another frame than the table's: on the tree's owner, and on the moment between check and use."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import trio

from actors.processes.environment import base_environment
from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.tools import interpreter_environment
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.table import descendants, read_table
from actors.processes.workdir import Workdir
from actors.runtime.errors import InvalidInput
from tests.actors.processes.programs import gone_now
from tests.attacks.attempt import command, spawn
from tests.attacks.available import levels
from tests.attacks.ground import SECRET, open_ground
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

SERVER = """
import sys, trio
from functools import partial
from pathlib import Path
from actors.processes.tree import open_tree
from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.tools import interpreter_environment
from actors.processes.sandbox.watchdog import Watchdog

level, root, *argv = sys.argv[1:]

async def main():
    watchdog = Watchdog()
    async with trio.open_nursery() as nursery:
        await nursery.start(watchdog.run)
        walls = Confinement(Path(root), environment=interpreter_environment())
        sandbox = Sandbox(Level(int(level)), partial(open_tree, data_id="test-attacks"), watchdog)
        async with sandbox.open(["sh", "-c", '"$@"; sleep 30', "sh", *argv], walls, owner="x") as it:
            print(it.tree.reaper_pid, flush=True)
            print((await it.tree.stdout.receive_some()).decode().strip(), flush=True)
            await trio.sleep_forever()

trio.run(main)
"""

each_level = pytest.mark.parametrize("level", levels(), ids=lambda level: f"L{level.value}")
WAIT = 0.4


@each_level
async def test_leave(level: Level, watchdog: Watchdog, directory: Path) -> None:
    """A grandchild in a session of its own does not outlive the tree."""
    with open_ground(directory) as ground:
        async with Sandbox(level, spawn, watchdog).open(
            command("leave", str(WAIT)), Confinement(ground.root, environment=interpreter_environment()), owner="attack"
        ) as confined:
            assert (await confined.wait()).ok
        await trio.sleep(2 * WAIT)  # in which it would have left its mark
        assert not (ground.root / "outlived").exists()


async def test_leave_without_a_reaper(directory: Path) -> None:
    """Started as anybody would start it, it does."""
    with open_ground(directory) as ground:
        await trio.run_process(
            command("leave", str(WAIT)),
            cwd=ground.root,
            env=base_environment(interpreter_environment()),
            stdout=subprocess.DEVNULL,
        )
        await until((ground.root / "outlived").exists)


@each_level
async def test_swap(level: Level, watchdog: Watchdog, directory: Path) -> None:
    """A link that takes a file's place after the check is not followed, because there is no moment after the check."""
    with open_ground(directory) as ground:
        async with Sandbox(level, spawn, watchdog).open(
            command("swap", str(ground.other)),
            Confinement(ground.root, environment=interpreter_environment()),
            owner="attack",
            stdin=subprocess.PIPE,
        ) as confined:
            assert await confined.tree.stdout.receive_some() == b"ready\n"
            path = ground.root / "harmless"
            assert path.resolve().parent == ground.root
            assert confined.tree.stdin is not None
            await confined.tree.stdin.send_all(b"now\n")
            assert (await confined.wait()).ok
            assert path.read_text(encoding="ascii") == SECRET
            with pytest.raises(InvalidInput, match="leads out"):
                Workdir(ground.root).open_beneath("harmless")


@each_level
def test_a_killed_server(level: Level, directory: Path) -> None:
    """Nothing confined outlives a server that is killed, neither what has left its session."""
    with open_ground(directory) as ground:
        argv = [sys.executable, "-c", SERVER, str(level.value), str(ground.root), *command("leave", "30")]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                reaper = int(server.stdout.readline())
                assert server.stdout.readline() == "won\n"
                pids = all_below(reaper)
            finally:
                server.kill()
        gone_now(*pids, seconds=5)


def all_below(reaper: int, least: int = 4) -> list[int]:
    """The reaper, and what is below it; a look at the table takes a while, and can miss who is given a new parent."""
    pids: list[int] = []
    ends = time.monotonic() + 5
    while len(pids) < least:
        assert time.monotonic() < ends, pids
        pids = [reaper, *(process.pid for process in descendants([reaper], read_table()))]
    return pids
