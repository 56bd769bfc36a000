"""One child process that decodes, as the checker holds it: a request in, a verdict out, within limits."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Optional, Protocol

import trio

from actors.processes.environment import base_environment
from actors.processes.exits import StartFailed
from actors.processes.sandbox.limits import Limits
from actors.processes.tree import Tree, open_tree

CHILD = Path(__file__).absolute().with_name("child.py")
_MAX_REPLY: Final = 16 * 1024
_PAUSE_SECONDS: Final = 0.001
"""For each image that is still due: answers about many small ones come faster than it would pay to wake up for each."""

_LONGEST_PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True)
class CheckLimits:
    """What one image may be, and cost.

    Attributes:
        pixels: Width times height.
        memory: Bytes of address space of the process that decodes it.
        seconds: To decode it.
        images_per_child: After as many a child is replaced, so that what its decoders leak stays small: 8,000 images,
            most of them damaged in some way, made 3 MiB of address space of it (Pillow 11.3 and 13.0).
    """

    pixels: int = 100_000_000
    memory: int = 1 << 30
    seconds: float = 20.0
    images_per_child: int = 4000


class DecoderGone(Exception):
    """The child ended, or gave no sensible answer: it is of no further use."""


class Decoder(Protocol):
    """Something that tells what an image is."""

    async def ask(self, paths: Sequence[Path]) -> None:
        """Have some images looked at, in this order, for as long as one turn lasts.

        Raises:
            DecoderGone: The child has ended.
        """

    async def answers(self) -> list[dict[str, Any]]:
        """Wait for the next answers, one for each image; see `actors.jobs.imagecheck.child`.

        Returns:
            One or more; the last has `later` when the turn is over before all were looked at.

        Raises:
            DecoderGone: It did not answer.
        """


OpenDecoder = Callable[[], AbstractAsyncContextManager[Decoder]]
"""Starts one; leaving the context ends it."""

OpenTree = Callable[..., AbstractAsyncContextManager[Tree]]
"""`actors.processes.tree.open_tree` without the arguments that are the same for all of a server's trees."""


class ChildDecoder:
    """A decoder that is a child process.

    Args:
        stdin: The child's.
        stdout: The child's.
        limits: What one image may be.
    """

    def __init__(self, stdin: trio.abc.SendStream, stdout: trio.abc.ReceiveStream, limits: CheckLimits) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._limits = limits
        self._due = 0
        self._rest = b""

    async def ask(self, paths: Sequence[Path]) -> None:
        """See `Decoder.ask`."""
        asked = {"paths": [str(path) for path in paths], "max_pixels": self._limits.pixels}
        self._due = len(paths)
        try:
            await self._stdin.send_all(json.dumps(asked).encode() + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise DecoderGone from None

    async def answers(self) -> list[dict[str, Any]]:
        """See `Decoder.answers`."""
        if self._due > 1:
            await trio.sleep(min(_LONGEST_PAUSE_SECONDS, _PAUSE_SECONDS * self._due))
        lines: list[bytes] = []
        while not lines:
            *lines, self._rest = (self._rest + await self._some()).split(b"\n")
        try:
            answers = [json.loads(line) for line in lines]
        except ValueError:
            raise DecoderGone from None
        self._due -= len(answers)
        if self._due < 0 or not all(isinstance(answer, dict) for answer in answers):
            raise DecoderGone
        return answers

    async def _some(self) -> bytes:
        """What the child has printed since."""
        try:
            data = await self._stdout.receive_some(_MAX_REPLY)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise DecoderGone from None
        if not data or len(self._rest) > _MAX_REPLY:
            raise DecoderGone
        return bytes(data)


def child_decoders(
    limits: CheckLimits,
    *,
    data_id: str,
    cwd: Path,
    records: Optional[Path] = None,
    program: Path = CHILD,
    opening: OpenTree = open_tree,
) -> OpenDecoder:
    """How to start children that decode.

    Args:
        limits: What one image may be, and what a child may use.
        data_id: The data directory's identity, for the sweep at boot.
        cwd: The children's working directory.
        records: The directory where a record of each is kept, for the sweep at boot.
        program: The Python program to run.
        opening: What starts a tree and owns it.
    """
    spawn = partial(opening, data_id=data_id, records=records)
    return partial(open_child_decoder, spawn, cwd, limits, program=program)


@asynccontextmanager
async def open_child_decoder(
    spawn: OpenTree, cwd: Path, limits: CheckLimits, *, program: Path = CHILD
) -> AsyncIterator[Decoder]:
    """Start a child that decodes.

    Args:
        spawn: `actors.processes.tree.open_tree`, bound to this server's data directory.
        cwd: The child's working directory.
        limits: What one image may be, and what the child may use.
        program: The Python program to run.

    Raises:
        StartFailed: It cannot be started.
    """
    async with spawn(
        [sys.executable, "-I", str(program)],
        owner="imagecheck",
        cwd=cwd,
        env=base_environment(),
        # It reads files and writes none.
        limits=Limits(memory=limits.memory, open_files=64, file_size=1),
        stdin=subprocess.PIPE,
        grace=0.0,
    ) as tree:
        if tree.stdin is None:
            raise StartFailed("the child has no stdin")
        yield ChildDecoder(tree.stdin, tree.stdout, limits)
