"""One process of a dev server, from its start to its end."""

import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Optional

import trio

from actors.processes.lines import relay_lines
from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.opening import ConfinedTree, Sandbox
from actors.projects.devserver.listening import SocketPlace
from actors.projects.devserver.output import ServerOutput
from actors.projects.devserver.outside import Walls
from actors.projects.devserver.plan import ADDRESS, Plan, environment
from actors.projects.devserver.probing import until_it_answers
from actors.projects.devserver.settings import ServerSettings

logger = logging.getLogger(__name__)

PORT = 5173
"""Inside, where there is a network namespace of its own."""

GRACE = 0.5
"""Seconds between SIGTERM and SIGKILL: a dev server has nothing to save."""


UNVISITED = "nobody looked at it for a while"


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        reason: Why, for people.
        exit: Its exit code or signal, for people; None when it was ended here.
        answered: Whether it had answered.
        idle: Whether it was ended because nobody visited it.
    """

    reason: str
    exit: Optional[str]
    answered: bool
    idle: bool = False


@dataclass(frozen=True)
class Kind:
    """What the processes of one dev server have in common.

    Attributes:
        owner: Whose they are: the project's id.
        walls: How they are confined.
        place: Their socket.
        output: What they print goes there.
        settings: How they are run.
        base: The path they serve under.
    """

    owner: str
    walls: Walls
    place: SocketPlace
    output: ServerOutput
    settings: ServerSettings
    base: str


@dataclass(frozen=True)
class Told:
    """Who is told how it goes.

    Attributes:
        started: Called with the command and the process's pid.
        answers: Called with its port inside when it answers.
        idle: Returns when nobody has visited it for long.
    """

    started: Callable[[Sequence[str], int], None]
    answers: Callable[[int], None]
    idle: Callable[[], Awaitable[None]]


class ServerProcess:
    """One process, with all that it starts.

    Args:
        kind: What it has in common with others.
        told: Who is told how it goes.
        sandbox: What it runs in.
    """

    def __init__(self, kind: Kind, told: Told, sandbox: Sandbox) -> None:
        self._kind = kind
        self._told = told
        self._sandbox = sandbox
        self._answered = False
        self._verdict = ""
        self._idle = False

    async def run(self, plan: Plan) -> Ended:
        """Run it until it ends, or is ended because it does not answer or is not needed; nothing of it is left.

        Raises:
            CallboardError: It could not be started.
        """
        kind = self._kind
        port = PORT if self._sandbox.level >= Level.L2 else await trio.to_thread.run_sync(free_port)
        command = plan.command(port, kind.base)
        kind.output.begin()
        async with AsyncExitStack() as stack:
            with await trio.to_thread.run_sync(kind.place.listen) as listener:
                walls = await kind.walls.confinement(
                    listen=listener.fileno(), port=port, environment=environment(port, kind.base)
                )
                walls = replace(walls, tree=kind.settings.tree or walls.tree)
                confined = await stack.enter_async_context(
                    self._sandbox.open(command, walls, owner=kind.owner, merge_stderr=True, grace=GRACE)
                )
            self._told.started(command, confined.tree.pid)
            return await self._watch(confined, port)

    async def _watch(self, confined: ConfinedTree, port: int) -> Ended:
        """Wait for its end, or bring it about."""
        async with trio.open_nursery() as reading:
            reading.start_soon(partial(relay_lines, confined.tree.stdout, self._kind.output.take))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._until_not_needed, confined, port)
                end = await confined.wait()
                nursery.cancel_scope.cancel()
            reading.cancel_scope.deadline = trio.current_time() + GRACE
        overrun = confined.overrun
        if self._verdict:
            return Ended(self._verdict, None, self._answered, self._idle)
        if overrun is not None:
            return Ended(f"it was ended: {overrun}", str(end), self._answered)
        when = "" if self._answered else " before it answered"
        return Ended(f"it ended{when} ({end})", str(end), self._answered)

    async def _until_not_needed(self, confined: ConfinedTree, port: int) -> None:
        """See whether it answers, then whether it is still needed, and end it if not."""
        seconds = self._kind.settings.start_seconds
        with trio.move_on_after(seconds):
            await until_it_answers(self._kind.place.connect, f"localhost:{port}", self._kind.base)
            self._answered = True
        if self._answered:
            self._told.answers(port)
            await self._told.idle()
            self._idle = True
            self._verdict = UNVISITED
        else:
            self._verdict = (
                f"it did not answer HTTP within {seconds:g} s: "
                f"it has to listen on {ADDRESS}, at the port that the variable PORT has (now {port})"
            )
        await confined.tree.stop()


def free_port() -> int:
    """Return a port of the loopback that is free now. Blocks."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
