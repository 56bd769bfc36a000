"""Starts the workers of agents."""

import logging
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Union

import trio

from actors.generators.base import GeneratorFailed, GeneratorPaused
from actors.processes.environment import base_environment
from actors.processes.removal import remove_tree
from actors.processes.tree import Spawn, StartFailed
from actors.projects.generators.claude.environment.finding import find_environment
from actors.projects.generators.claude.failures import Cause, explain
from actors.projects.generators.claude.process import Worker, open_worker
from actors.projects.generators.claude.run import Run
from actors.projects.generators.claude.settings import ClaudeSettings
from actors.projects.generators.claude.words import Exit, Fatal, ProtocolError, Ready
from actors.runtime.errors import StorageFailed

logger = logging.getLogger(__name__)

START_S = 120.0
"""Seconds that a worker has to be ready: long, because many may start on a busy machine."""

LAST_S = 2.0
"""Seconds that a worker has to exit after it said that it cannot go on."""

CLEAN_S = 5.0
"""Seconds to remove what an agent kept while it ran."""

MAX_PATH = 70
"""Bytes of the path of a directory that may have sockets in it; the kernel takes 107 for a socket."""

SCRATCH = "run"
_EMPTY = "empty"

_NETWORK = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS")
"""What of the server's environment a machine may need to reach the API."""

_FORGETS = frozenset({"context_full", "session_lost"})


class Opener:
    """Starts the workers of one server, few at once: each start takes a processor for a second.

    Args:
        settings: What the server allows.
        spawn: Starts processes.
    """

    def __init__(self, settings: ClaudeSettings, spawn: Spawn) -> None:
        self._settings = settings
        self._spawn = spawn
        self._turns = trio.Semaphore(settings.starts)

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Worker]:
        """Start the worker of a run, and own it.

        Yields:
            The worker, which is ready.

        Raises:
            GeneratorFailed: It cannot be started.
            GeneratorPaused: The conversation is gone: the next run begins another.
        """
        python = self._python(run)
        empty = await trio.to_thread.run_sync(_empty, self._settings.directory)
        network = {name: os.environ[name] for name in _NETWORK if name in os.environ}
        await self._turns.acquire()
        turn = _Turn(self._turns)
        try:
            async with _scratch(self._settings.directory, run.order.session) as scratch:
                environment = base_environment({**network, "HOME": str(empty), "TMPDIR": str(scratch)})
                async with open_worker(
                    self._spawn, python, run.start(empty), owner=run.order.project, cwd=empty, env=environment
                ) as worker:
                    await self._until_ready(worker, run)
                    turn.over()
                    yield worker
        except StartFailed as error:
            raise await failed(run, Exit(None, None, f"{error.problem} {error.hint}")) from error
        finally:
            turn.over()

    async def _until_ready(self, worker: Worker, run: Run) -> None:
        with trio.move_on_after(START_S) as waiting:
            heard = await worker.receive()
        if waiting.cancelled_caught:
            raise GeneratorPaused(
                f"The agent's process was not ready within {START_S:g} s: this machine is too busy.",
                code="not_ready",
                hint=f"Nothing was spent. Go on later: {run.context.resume}",
            )
        if isinstance(heard, (Fatal, Exit)):
            raise await failed(run, heard, await last_words(worker))
        if not isinstance(heard, Ready):
            raise await failed(run, ProtocolError("an agent's worker began without saying that it is ready"))

    def _python(self, run: Run) -> Path:
        """The Python that has the SDK.

        Raises:
            GeneratorFailed: There is none.
        """
        if self._settings.python is not None:
            return self._settings.python
        found = find_environment(self._settings.environment)
        if found.environment is None:
            why = found.availability
            raise GeneratorFailed(why.reason, code="setup_missing", hint=f"{why.hint} Then go on: {run.context.resume}")
        return found.environment.python


class _Turn:
    """A turn to start, which is over once."""

    def __init__(self, turns: trio.Semaphore) -> None:
        self._turns = turns
        self._over = False

    def over(self) -> None:
        """Let the next one start."""
        if not self._over:
            self._over = True
            self._turns.release()


async def failed(run: Run, cause: Cause, printed: str = "") -> Union[GeneratorFailed, GeneratorPaused]:
    """Return the error for what ended a run; a conversation that cannot go on is forgotten.

    Args:
        run: The run.
        cause: What happened.
        printed: What its worker printed as errors.
    """
    failure = explain(cause, run.context, printed)
    if failure.code in _FORGETS:
        await run.forget()
    return failure.error()


async def last_words(worker: Worker) -> str:
    """Return what a worker that has said `Fatal`, or is gone, printed as errors."""
    with trio.move_on_after(LAST_S):
        while True:
            heard = await worker.receive()
            if isinstance(heard, Exit):
                return heard.stderr_tail
    return ""


@asynccontextmanager
async def _scratch(directory: Path, session: Path) -> AsyncIterator[Path]:
    """Make a directory for what Claude Code keeps while it runs: sockets, too, whose paths have to be short.

    Args:
        directory: The server's, which `clear_scratch` sweeps at its start.
        session: Where it keeps the conversation, and what belongs to a process beside that: of a killed one it is left.
    """
    try:
        scratch = await trio.to_thread.run_sync(_make_scratch, directory, session)
    except OSError as error:
        hint = "See that the disk has room and can be written."
        raise StorageFailed(f"There is no place for the agent's files: {error}.", hint=hint) from error
    try:
        yield scratch
    finally:
        with trio.move_on_after(CLEAN_S, shield=True):
            await trio.to_thread.run_sync(_remove, scratch, abandon_on_cancel=True)


def _remove(scratch: Path) -> None:
    try:
        remove_tree(scratch)
    except OSError as error:
        logger.warning("what an agent kept while it ran is left until the next start: %s", error)


def _make_scratch(directory: Path, session: Path) -> Path:
    remove_tree(session / "sessions")
    (directory / SCRATCH).mkdir(mode=0o700, exist_ok=True)
    scratch = directory / SCRATCH / secrets.token_hex(4)
    if len(os.fsencode(scratch)) > MAX_PATH:
        return Path(tempfile.mkdtemp(prefix="callboard-"))
    scratch.mkdir(mode=0o700)
    return scratch


def clear_scratch(directory: Path) -> None:
    """Remove what a dead server left of its agents' files. Blocks."""
    _remove(directory / SCRATCH)


def _empty(directory: Path) -> Path:
    """Return the directory that agents work in: there is nothing in it, and nothing can be put there."""
    empty = directory / _EMPTY
    empty.mkdir(mode=0o700, parents=True, exist_ok=True)
    empty.chmod(0o500)
    return empty
