"""The orchestrator that the agent sees: takes messages and commands, notes them, and answers as the scenario wants."""

import errno
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Optional
from urllib.parse import unquote

import trio

from client.errors import LocalProblem
from client.selftest.http import Reply, Request, serve_connection
from client.selftest.transcript import EXEC, MESSAGE, Arrival, Transcript

Conduct = Callable[[Arrival], Awaitable[Reply]]

_PATHS = (
    (MESSAGE, re.compile(r"/api/runs/([^/]+)/message")),
    (EXEC, re.compile(r"/api/workspaces/([^/]+)/exec")),
)
PRETENDED = {"exitCode": 0, "stdout": "the conformance kit took the command and ran nothing\n", "stderr": ""}


async def accept(arrival: Arrival) -> Reply:
    """Take a message, and pretend that a command went well."""
    await trio.lowlevel.checkpoint()
    return Reply(200, PRETENDED if arrival.kind == EXEC else {"ok": True})


def unhurried(exec_s: float) -> Conduct:
    """Return the conduct of an orchestrator whose commands take a moment.

    Args:
        exec_s: How long.
    """

    async def conduct(arrival: Arrival) -> Reply:
        """Wait for the command, as it were."""
        if arrival.kind == EXEC:
            await trio.sleep(exec_s)
        return await accept(arrival)

    return conduct


@dataclass
class Orchestrator:
    """Answers the agent's requests.

    Attributes:
        transcript: Where everything is noted.
        port: Where it listens.
        conducts: What is done about a run, by the run's id.
        workspaces: The run of a workspace.
    """

    transcript: Transcript
    port: int = 0
    conducts: dict[str, Conduct] = field(default_factory=dict)
    workspaces: dict[str, str] = field(default_factory=dict)

    async def respond(self, request: Request) -> Reply:
        """Note a request, and answer it."""
        kind, name = _route(request)
        if not kind:
            return Reply(404, {"detail": f"an orchestrator has no {request.method} {request.path}"})
        if self.transcript.full:
            return Reply(503, {"detail": "the conformance kit has seen enough"})
        index = self.transcript.arrived(kind, name, request.media_type, request.body, request.value)
        reply = await self._conduct(self.transcript.arrivals[index])
        self.transcript.answering(index, reply.status)
        return reply

    async def _conduct(self, arrival: Arrival) -> Reply:
        """Have the scenario of a run say what happens."""
        conduct: Optional[Conduct] = None
        if arrival.kind == MESSAGE:
            conduct = self.conducts.get(arrival.name)
        else:
            by_workspace = self.conducts.get(self.workspaces.get(arrival.name, ""))
            conduct = self.conducts.get(arrival.text("metrics"), by_workspace)
        return await (conduct or accept)(arrival)


def _route(request: Request) -> tuple[str, str]:
    """Return the kind of a request and the id in its path; empty for one that no orchestrator knows."""
    if request.method == "POST":
        for kind, pattern in _PATHS:
            match = pattern.fullmatch(request.path)
            if match:
                return kind, unquote(match.group(1))
    return "", ""


@asynccontextmanager
async def open_orchestrator(host: str, port: int) -> AsyncIterator[Orchestrator]:
    """Listen for the agent.

    Args:
        host: The address to listen on.
        port: 0 takes any.

    Yields:
        The orchestrator, which knows its port.

    Raises:
        LocalProblem: The port is taken, or the address is not one of this machine's.
    """
    try:
        listeners = await trio.open_tcp_listeners(port, host=host)
    except OSError as error:
        raise _refused(host, port, error) from error
    orchestrator = Orchestrator(Transcript(), listeners[0].socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        serve = partial(serve_connection, respond=orchestrator.respond)
        await nursery.start(trio.serve_listeners, serve, listeners)
        yield orchestrator
        nursery.cancel_scope.cancel()


def _refused(host: str, port: int, error: OSError) -> LocalProblem:
    """Return the error for an address that cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        return LocalProblem(
            f"cannot play the orchestrator: port {port} of {host} is taken",
            hint="stop what listens there (an orchestrator?), or give another with --listen and start the agent with "
            "the same ORCHESTRATOR_URL",
        )
    reason = error.strerror or str(error)
    return LocalProblem(f"cannot play the orchestrator on {host}:{port}: {reason}", hint="give another with --listen")
