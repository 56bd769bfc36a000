"""Parts by themselves, each in a program that measures itself: the journal, mailboxes and idle actors."""

import json
import subprocess
import sys
from functools import partial
from typing import cast

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.sides import CALLBOARD, FLOOR, PEER, Side
from tests.house.project import ROOT

_LONGEST_S = 600
_ACTORS = (10, 100, 1000, 10_000)


def _run(command: list[str]) -> Values:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return cast("Values", json.loads(done.stdout))


def _journal(ground: Ground, side: Side, number: int) -> Values:
    del ground
    folder = side.folder / str(number)
    return _run([sys.executable, "-m", "tests.bench.programs.journal", str(folder), side.name])


def _actors(count: int, ground: Ground, side: Side, number: int) -> Values:
    del number
    if side.ours:
        return _run([sys.executable, "-m", "tests.bench.programs.mailboxes", str(count)])
    return _run([str(ground.peer), "-m", "tests.bench.peer.queues", str(count)])


def cases() -> list[Case]:
    """The journal, and actors as there are more of them."""
    about = "events of 64 actors into the journal, against a bare loop of SQLite with the same batches"
    tells = ("wall", "cpu", "p99", "p99 / fsync")
    journal = Case("journal", about, "an event", _journal, tells, (CALLBOARD, FLOOR), servers=False)
    return [
        journal,
        *(
            Case(
                f"actors-{count}",
                f"{count} supervised actors with mailboxes, against as many asyncio tasks with queues",
                "an actor, a message",
                partial(_actors, count),
                ("message", "waking", "spawn", "memory"),
                (CALLBOARD, PEER),
                servers=False,
                size=count,
            )
            for count in _ACTORS
        ),
    ]
