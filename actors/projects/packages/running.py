"""Runs a program of ours outside of any sandbox, for its output: Node and npm, never what a project brings."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import trio

from actors.processes.exits import StartFailed
from actors.processes.tree import Spawn
from actors.runtime.errors import CallboardError

MAX_OUTPUT = 2**20
MAX_SHOWN = 1000
_CREDENTIALS = re.compile(r"//[^/\s@]*@")
_TOKEN = re.compile(r"(?i)((?:auth|token|password|secret)\w*[\"']?\s*[=:]\s*)\S+")


class ProgramFailed(CallboardError):
    """A program that a project needs did not do its work."""


class Run(Protocol):
    """Runs a program and returns what it printed."""

    async def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> str:
        """Run a program to its end.

        Args:
            argv: The program and its arguments.
            cwd: Where.
            env: Its complete environment.
            seconds: After which it is ended.

        Returns:
            Its standard output.

        Raises:
            ProgramFailed: It could not be started, failed, took too long or printed too much.
        """


def make_run(spawn: Spawn, owner: str) -> Run:
    """Return a way to run programs, each in a tree of its own.

    Args:
        spawn: `open_tree`, bound to the server's data directory.
        owner: Whose trees they are.
    """

    async def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> str:
        name = " ".join(Path(part).name for part in argv[:2])
        try:
            with trio.move_on_after(seconds):
                async with spawn(argv, owner=owner, cwd=cwd, env=env, merge_stderr=False) as tree:
                    said: dict[str, bytes] = {}
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(_collect, tree.stdout, said, "out")
                        nursery.start_soon(_collect, tree.stderr, said, "err")
                    end = await tree.wait()
                if not end.ok:
                    raise ProgramFailed(f"{name} failed ({end}): {shown(said['err'] or said['out'])}")
                if len(said["out"]) > MAX_OUTPUT:
                    raise ProgramFailed(f"{name} printed more than {MAX_OUTPUT} bytes")
                return said["out"].decode("utf-8", "replace")
        except StartFailed as error:
            raise ProgramFailed(error.problem, hint=error.hint) from None
        raise ProgramFailed(f"{name} took longer than {seconds:g} s", hint="Try again, or look at the machine's load.")

    return run


async def _collect(stream: trio.abc.ReceiveStream, said: dict[str, bytes], name: str) -> None:
    """Read a stream to its end, and keep a little more of it than may be used."""
    kept = bytearray()
    while True:
        chunk = await stream.receive_some(65536)
        if not chunk:
            break
        kept += chunk[: MAX_OUTPUT + 1 - len(kept)]
    said[name] = bytes(kept)


def shown(output: bytes) -> str:
    """Return the end of an output as it may be shown: in one line, without credentials."""
    text = " ".join(output[-MAX_OUTPUT:].decode("utf-8", "replace").split())
    text = _TOKEN.sub(r"\1***", _CREDENTIALS.sub("//", text))
    return text if len(text) <= MAX_SHOWN else f"...{text[-MAX_SHOWN:]}"
