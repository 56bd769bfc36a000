"""Makes one attempt: one attack, at one level, with its walls or without one of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Optional

import trio

from actors.processes.lines import relay_lines
from actors.processes.sandbox.confine import confine
from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.limits import Limits, TreeLimits
from actors.processes.sandbox.tools import find_tools, interpreter_environment
from actors.processes.sandbox.watchdog import Overrun, Watchdog
from actors.processes.tree import open_tree
from tests.attacks.attacks import BOMB, LIMIT, LONG, SHORT, Attack
from tests.attacks.ground import Ground, open_ground

SOURCE = Path(__file__).with_name("intruder.py").read_text(encoding="utf-8")
TIME = 25.0
SECONDS = 0.5
MEGABYTE = 2**20


@dataclass(frozen=True)
class Result:
    """How an attempt ended.

    Attributes:
        won: Whether the attacker won.
        said: What the intruder said, or what ended it.
        overrun: What the watchdog ended it for.
    """

    won: bool
    said: str
    overrun: Optional[Overrun] = None


def limits_for(attack: Attack) -> TreeLimits:
    """Return the limits that an attack runs under: time only where that is what it wants, and many need much memory."""
    seconds = SECONDS if attack.name == "wait_for_the_end" else None
    memory = None if attack.name == "fork" else LIMIT * MEGABYTE
    return TreeLimits(memory=memory, disk=LIMIT * MEGABYTE, files=500, processes=50, seconds=seconds)


def command(name: str, *arguments: str) -> list[str]:
    """Return the command of the intruder."""
    return [str(find_tools().interpreter), "-I", "-S", "-c", SOURCE, name, *arguments]


async def attempt(attack: Attack, level: Level, watchdog: Watchdog, directory: Path, *, walled: bool = True) -> Result:
    """Make the attempt.

    Args:
        attack: What is tried.
        level: The level.
        watchdog: What keeps the limits of the tree; it has to run.
        directory: An empty directory with a short name.
        walled: Whether all the walls are there; without, the attack's own is taken out.
    """
    with open_ground(directory) as ground, cleaned(ground, attack):
        confinement = Confinement(
            ground.root,
            limits=Limits(open_files=512, file_size=2 * BOMB * MEGABYTE),
            tree=limits_for(attack),
            scratch=LIMIT * MEGABYTE // 2,
            environment={**interpreter_environment(), **attack.environment(ground)},
        )
        if not walled and attack.relax is not None:
            confinement = attack.relax(confinement)
        arguments = [SHORT if word == LONG and not walled else word for word in attack.arguments(ground)]
        bare = not walled and attack.take is None
        confined = confine(command(attack.name, *arguments), confinement, Level.L0 if bare else level)
        if not walled and attack.take is not None and attack.relax is None:
            confined = attack.take(confined, ground)
        opened = open_tree(confined.argv, owner="attack", data_id="test-attacks", grace=0.0, **confined.options)
        said: list[str] = []
        with trio.fail_after(TIME):
            async with opened as tree:
                with watchdog.watching(tree, confinement.own, confinement.tree) as watch:
                    await relay_lines(tree.stdout, said.extend)
                    end = await tree.wait()
                    await relay_lines(tree.stderr, said.extend)
        won = "won" in said if attack.won is None else attack.won(ground)
        return Result(won, "; ".join(said) or str(end), watch.overrun)


@contextmanager
def cleaned(ground: Ground, attack: Attack) -> Iterator[None]:
    """Remove what an attack may have left, which is a lot."""
    try:
        yield
    finally:
        for argument in attack.arguments(ground):
            if argument.startswith("/dev/shm/"):
                Path(argument).unlink(missing_ok=True)
        shutil.rmtree(ground.directory)


def expected_to_win(attack: Attack, level: Level) -> bool:
    """Whether an attack is known to win at a level, on this kernel."""
    if attack.always or level >= Level.L2:
        return False
    return level == Level.L0 or find_tools().landlock < attack.landlock


spawn = partial(open_tree, data_id="test-attacks")
"""Opens trees for these tests."""
