"""The canaries: programs that are really run, inside and outside, to see what a level is worth.

A canary proves something only when what fails inside works outside: otherwise it fails for another reason.
"""

import os
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import trio

from actors.processes.exits import StartFailed
from actors.processes.lines import relay_lines
from actors.processes.sandbox.bubblewrap import INSIDE_PROGRAMS
from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.limits import Limits, TreeLimits
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.tools import INSIDE, Tools, interpreter_environment
from actors.processes.tree import Spawn, Tree

RUN_TIME = 5.0
HELD = 48 * 2**20
ALLOWED = 32 * 2**20
OWNER = "canary"
MAX_LINES = 100
MAX_PLACE = 80
"""Bytes of a directory's path below which sockets of the canaries can be."""

CANARIES = {
    "read": "no file of others can be read",
    "write": "no file of others can be written",
    "process": "no process of the server can be looked into",
    "signal": "no process of the server can be signalled",
    "tcp": "no port of the server can be reached",
    "abstract": "no abstract socket of the server can be reached",
    "unix": "no unix socket of the server can be reached",
    "memory": "a tree that holds too much memory is ended",
}
"""What each canary shows when it passes."""


@dataclass(frozen=True)
class Outcome:
    """How the canaries of one level went.

    Attributes:
        passed: Those that passed.
        failed: The others, with why.
        problem: Why the level cannot be used at all; empty when programs run in it.
    """

    passed: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Ground:
    """What the canaries try to reach.

    Attributes:
        root: The root of the confinement.
        tries: The arguments of the probe.
        target: The file that must not be written.
    """

    root: Path
    tries: tuple[str, ...]
    target: Path


@contextmanager
def lay_out(place: Optional[Path] = None) -> Iterator[Ground]:
    """Lay out files, and sockets that listen, in a directory of their own.

    Args:
        place: Where to make that; where temporary files are, when not given, or when the path of a socket in it would
            be longer than the kernel takes.
    """
    if place is not None and len(os.fsencode(place)) > MAX_PLACE:
        place = None
    with (
        tempfile.TemporaryDirectory(prefix="callboard-", dir=place) as name,
        socket.socket(socket.AF_INET) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        directory = Path(name).resolve()
        root, secret, target = directory / "root", directory / "secret", directory / "target"
        root.mkdir()
        secret.write_bytes(b"x")
        tcp.bind(("127.0.0.1", 0))
        unix.bind(str(directory / "socket"))
        abstract.bind(f"\0{directory}")
        for listener in (tcp, unix, abstract):
            listener.listen()
        tries = (
            f"read={secret}",
            f"write={target}",
            f"process={os.getpid()}",
            f"signal={os.getpid()}",
            f"tcp={tcp.getsockname()[1]}",
            f"abstract={directory}",
            f"unix={directory / 'socket'}",
            f"inside={root / 'file'}",
        )
        yield Ground(root, tries, target)


async def run_canaries(sandbox: Sandbox, spawn: Spawn, tools: Tools, ground: Ground) -> Outcome:
    """Run all canaries of one level, in bounded time.

    Args:
        sandbox: The level.
        spawn: `open_tree`, bound to the server's data directory, for what runs outside.
        tools: What is used.
        ground: What they try to reach.
    """
    try:
        with trio.fail_after(4 * RUN_TIME):
            outside = await _try_outside(spawn, tools, ground)
            ground.target.unlink(missing_ok=True)
            inside, complaint = await _try_inside(sandbox, tools, ground)
            if inside.get("inside") != "yes":
                return Outcome(problem=complaint or inside.get("inside", "the canary said nothing"))
            # What was written inside may be a file of the same name, in memory: only what arrived counts.
            inside["write"] = "yes" if ground.target.exists() else "no: it did not arrive"
            inside["memory"] = await _hold_inside(sandbox, tools, ground)
    except StartFailed as error:
        return Outcome(problem=error.problem)
    except trio.TooSlowError:
        return Outcome(problem=f"the canaries did not end in {4 * RUN_TIME:g} seconds")
    verdicts = {name: _verdict(inside.get(name, ""), outside.get(name, "")) for name in CANARIES}
    return Outcome(
        passed=tuple(name for name, verdict in verdicts.items() if not verdict),
        failed=tuple((name, verdict) for name, verdict in verdicts.items() if verdict),
    )


def _verdict(inside: str, outside: str) -> str:
    """Return why a canary failed; nothing when it passed."""
    if outside != "yes":
        return f"outside it does not work either ({outside or 'no answer'}), which proves nothing"
    return "" if inside.startswith("no") else "it can be done inside"


def _probe(tools: Tools, level: Level, tries: Sequence[str]) -> list[str]:
    """Return the command that runs the probe."""
    folder = INSIDE_PROGRAMS if level >= Level.L2 else INSIDE
    return [str(tools.interpreter), "-I", "-S", str(folder / "probe.py"), *tries]


async def _try_outside(spawn: Spawn, tools: Tools, ground: Ground) -> dict[str, str]:
    """Run the probe unconfined, and as much memory as it holds."""
    argv = _probe(tools, Level.L0, (*ground.tries, f"memory={HELD}"))
    async with spawn(argv, owner=OWNER, cwd=ground.root, env=interpreter_environment()) as tree:
        return await _answers(tree)


async def _try_inside(sandbox: Sandbox, tools: Tools, ground: Ground) -> tuple[dict[str, str], str]:
    """Run the probe confined; return its answers, and what was said on stderr."""
    complaint: list[str] = []
    argv = _probe(tools, sandbox.level, ground.tries)
    async with _opened(sandbox, argv, ground, TreeLimits()) as tree:
        answers = await _answers(tree)
        await relay_lines(tree.stderr, lambda lines: complaint.extend(lines[: MAX_LINES - len(complaint)]))
    return answers, " ".join(complaint[:1])


async def _hold_inside(sandbox: Sandbox, tools: Tools, ground: Ground) -> str:
    """Hold too much memory inside, and see whether that is the end."""
    argv = _probe(tools, sandbox.level, (f"memory={HELD}",))
    async with _opened(sandbox, argv, ground, TreeLimits(memory=ALLOWED), tried=True, stdin=subprocess.PIPE) as tree:
        with trio.move_on_after(RUN_TIME):
            return "yes" if (await tree.wait()).ok else "no: it was ended"
    return "yes"


@asynccontextmanager
async def _opened(
    sandbox: Sandbox, argv: list[str], ground: Ground, tree: TreeLimits, *, tried: bool = False, **options: object
) -> AsyncIterator[Tree]:
    """Run something confined."""
    confinement = Confinement(
        ground.root, limits=Limits(open_files=256), tree=tree, environment=interpreter_environment()
    )
    async with sandbox.open(argv, confinement, owner=OWNER, tried=tried, grace=0.0, **options) as confined:
        yield confined.tree


async def _answers(tree: Tree) -> dict[str, str]:
    """Return what the probe said of each try."""
    said: list[str] = []
    with trio.move_on_after(RUN_TIME):
        await relay_lines(tree.stdout, lambda lines: said.extend(lines[: MAX_LINES - len(said)]))
    return {name: answer for name, _, answer in (line.partition(" ") for line in said)}
