"""An agent's worker as a process: started, talked to, and ended with everything that it started.

Nothing is queued: what a worker says is read when somebody wants to know it, so that a flood slows the worker down and
not the server.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import PIPE
from typing import Optional, Union

import trio

from actors.processes.sandbox.limits import NO_LIMITS, Limits
from actors.processes.tree import Spawn, StartFailed, Tree
from actors.projects.generators.claude.protocol import (
    MAX_LINE,
    Close,
    End,
    Exit,
    Heard,
    Interrupt,
    Op,
    Prompt,
    ProtocolError,
    Start,
    Used,
    parse,
)

WORKER = Path(__file__).absolute().with_name("worker.py")
"""The program that runs in the SDK's environment."""

GRACE = 1.0
EXIT_TIME = 1.0
STOP_TIME = 2.0
CHUNK = 64 * 1024
MAX_TAIL = 4096
HIDDEN = "[key]"


class Worker:
    """A worker that runs. Made by `open_worker`; one task at a time may `receive`, any number may `send`.

    Args:
        tree: Its processes.
        secret: What is never shown of its errors; may be empty.
    """

    def __init__(self, tree: Tree, secret: str) -> None:
        self._tree = tree
        self._sending = trio.Lock()
        self._torn = tree.stdin is None
        self._lines = _Lines()
        self._errors = _Tail(secret)
        self._asked = False
        self._exit: Optional[Exit] = None

    @property
    def pid(self) -> int:
        """The worker's own process; what the SDK runs is a child of it."""
        return self._tree.pid

    @property
    def asked(self) -> bool:
        """Whether a prompt is under way."""
        return self._asked

    async def send(self, op: Op) -> None:
        """Tell it something, waiting until it takes that in.

        To a worker that is gone nothing is sent; `receive` tells that. A send that is cancelled in the middle of a line
        ends the conversation: nothing is sent after it.

        Raises:
            ProtocolError: It is too long to be sent.
        """
        line = op.line()
        async with self._sending:
            if self._torn or self._tree.stdin is None:
                return
            self._torn = True
            self._asked = self._asked or isinstance(op, Prompt)
            try:
                await self._tree.stdin.send_all(line)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
            self._torn = False

    async def receive(self) -> Union[Heard, Exit]:
        """Return what it says next; how it ended when it is gone, again and again.

        Raises:
            ProtocolError: It said what is not a word. It is ended then.
        """
        while self._exit is None:
            line = self._lines.take()
            if line is not None:
                await trio.lowlevel.checkpoint()
                return await self._understood(line)
            if self._lines.full:
                await self._kill()
                raise ProtocolError(f"An agent's worker said a line of more than {MAX_LINE} bytes.")
            chunk = await self._read()
            if chunk:
                self._lines.feed(chunk)
            else:
                await self._ended()
        await trio.lowlevel.checkpoint()
        return self._exit

    async def aclose(self, grace: float = GRACE) -> tuple[Union[Used, End], ...]:
        """End it: have it leave off, then close, then kill it. Nothing of it is left afterwards.

        Takes the grace, and a moment more if it has to be killed. May be called again.

        Args:
            grace: Seconds until it is killed.

        Returns:
            What a prompt that was under way had used, and how it ended, as far as the worker said so in time.
        """
        last: list[Union[Used, End]] = []
        if not self._torn:
            with trio.move_on_after(grace), suppress(ProtocolError):
                await self._take_leave(last)
        await self._kill()
        return tuple(last)

    async def _take_leave(self, last: list[Union[Used, End]]) -> None:
        """Interrupt it if it is asked something, then close it, and wait until it is gone."""
        if self._asked:
            await self.send(Interrupt())
        while self._asked and self._exit is None:
            said = await self.receive()
            if isinstance(said, (Used, End)):
                last.append(said)
        await self.send(Close())
        while self._exit is None:
            await self.receive()

    async def _understood(self, line: bytes) -> Heard:
        """Return what a line says."""
        said, problem = _parsed(line)
        if said is None:
            await self._kill()
            raise ProtocolError(problem)
        if isinstance(said, End):
            self._asked = False
        return said

    async def _read(self) -> bytes:
        """Return what it says next, or nothing at its end; what it prints as errors is read meanwhile."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._errors.read, self._tree.stderr)
            chunk = await _some(self._tree.stdout)
            nursery.cancel_scope.cancel()
        return chunk

    async def _ended(self) -> None:
        """Find out how it ended; a worker that only stopped talking is ended."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._errors.read, self._tree.stderr)
            with trio.move_on_after(EXIT_TIME):
                await self._tree.wait()
            end = await self._tree.stop(0)
        self._exit = Exit(end.code, end.signal, self._errors.text)
        self._asked = False

    async def _kill(self) -> None:
        """End it at once, if it is not gone."""
        if self._exit is None:
            await self._tree.stop(0)
            await self._ended()


@asynccontextmanager
async def open_worker(
    spawn: Spawn,
    python: Path,
    start: Start,
    *,
    owner: str,
    cwd: Path,
    env: Mapping[str, str],
    limits: Limits = NO_LIMITS,
    program: Path = WORKER,
) -> AsyncIterator[Worker]:
    """Start a worker, and own it: leaving the context, by cancelling too, ends it in `GRACE` and a moment.

    Args:
        spawn: `actors.processes.tree.open_tree`, bound to this server's data directory.
        python: The interpreter of the environment that has the SDK.
        start: What it is told first.
        owner: Whose it is: the project's id.
        cwd: Where it runs: an empty directory.
        env: Its complete environment, which the key is not part of.
        limits: What each of its processes may use; not `memory`, of which the SDK's program reserves a lot.
        program: What is run.

    Yields:
        The worker; what it says first is `Ready`, or why not.

    Raises:
        StartFailed: The interpreter cannot be started.
    """
    argv = [str(python), "-I", str(program)]
    async with spawn(argv, owner=owner, cwd=cwd, env=env, limits=limits, stdin=PIPE, umask=0o077, grace=0.0) as tree:
        if tree.stdin is None:
            raise StartFailed("an agent's worker has no stdin")
        worker = Worker(tree, start.key or "")
        try:
            await worker.send(start)
            yield worker
        finally:
            with trio.move_on_after(GRACE + STOP_TIME, shield=True):
                await worker.aclose()


class _Lines:
    """Cuts bytes into lines; what is not complete is looked through once."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._looked = 0

    @property
    def full(self) -> bool:
        """Whether the line that is not complete is longer than a line may be."""
        return len(self._kept) > MAX_LINE

    def feed(self, chunk: bytes) -> None:
        """Take in bytes."""
        self._kept += chunk

    def take(self) -> Optional[bytes]:
        """Return the next line that is complete."""
        end = self._kept.find(b"\n", self._looked)
        if end < 0:
            self._looked = len(self._kept)
            return None
        line = bytes(self._kept[:end])
        del self._kept[: end + 1]
        self._looked = 0
        return line


class _Tail:
    """The end of what is printed, without a secret.

    Args:
        secret: What is hidden; may be empty.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._kept = bytearray()
        self._cut = False

    async def read(self, stream: trio.abc.ReceiveStream) -> None:
        """Read a stream to its end."""
        most = 2 * MAX_TAIL + len(self._secret)
        while chunk := await _some(stream):
            self._kept += chunk
            if len(self._kept) > most:
                self._cut = True
                del self._kept[:-most]

    @property
    def text(self) -> str:
        """The last 4 KiB. Where it was cut, there may be a part of the secret: as much is left out."""
        secret = self._secret
        shown = bytes(self._kept).replace(secret, HIDDEN.encode()) if secret else bytes(self._kept)
        if self._cut:
            shown = shown[len(secret) :]
        return shown[-MAX_TAIL:].decode("utf-8", "replace")


def _parsed(line: bytes) -> tuple[Optional[Heard], str]:
    """Return what a line says, or else what is wrong with it."""
    try:
        return parse(line), ""
    except ProtocolError as error:
        return None, error.problem


async def _some(stream: trio.abc.ReceiveStream) -> bytes:
    """Return the next bytes of a stream; none at its end, or when it is closed."""
    try:
        return bytes(await stream.receive_some(CHUNK))
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return b""
