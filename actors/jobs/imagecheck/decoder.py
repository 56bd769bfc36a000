"""One child process that decodes, as the checker holds it: a request in, a verdict out, within limits."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Optional, Protocol

import trio

from actors.processes.environment import base_environment
from actors.processes.exits import StartFailed
from actors.processes.sandbox.limits import Limits
from actors.processes.tree import Tree, open_tree

CHILD = Path(__file__).absolute().with_name("child.py")
_MAX_REPLY = 16 * 1024


@dataclass(frozen=True)
class CheckLimits:
    """What one image may be, and cost.

    Attributes:
        pixels: Width times height.
        memory: Bytes of address space of the process that decodes it.
        seconds: To decode it.
        images_per_child: After as many a child is replaced, so that what its decoders leak stays small.
    """

    pixels: int = 100_000_000
    memory: int = 1 << 30
    seconds: float = 20.0
    images_per_child: int = 500


class DecoderGone(Exception):
    """The child ended, or gave no sensible answer: it is of no further use."""


class Decoder(Protocol):
    """Something that tells what an image is."""

    async def examine(self, path: Path) -> dict[str, Any]:
        """Return what the child answers; see `actors.jobs.imagecheck.child`.

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

    async def examine(self, path: Path) -> dict[str, Any]:
        """See `Decoder.examine`."""
        request = json.dumps({"path": str(path), "max_pixels": self._limits.pixels}).encode() + b"\n"
        reply = b""
        try:
            await self._stdin.send_all(request)
            while not reply.endswith(b"\n"):
                chunk = await self._stdout.receive_some(_MAX_REPLY)
                reply += chunk
                if not chunk or len(reply) > _MAX_REPLY:
                    raise DecoderGone
            answer = json.loads(reply)
        except (trio.BrokenResourceError, trio.ClosedResourceError, ValueError):
            raise DecoderGone from None
        if not isinstance(answer, dict):
            raise DecoderGone
        return answer


def child_decoders(
    limits: CheckLimits, *, data_id: str, cwd: Path, records: Optional[Path] = None, program: Path = CHILD
) -> OpenDecoder:
    """How to start children that decode.

    Args:
        limits: What one image may be, and what a child may use.
        data_id: The data directory's identity, for the sweep at boot.
        cwd: The children's working directory.
        records: The directory where a record of each is kept, for the sweep at boot.
        program: The Python program to run.
    """
    spawn = partial(open_tree, data_id=data_id, records=records)
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
