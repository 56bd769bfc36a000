"""An orchestrator that notes every message, and now and then fails, hangs or hangs up, by the same seed the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import unquote

import trio

from client.local.torture.checks.history import message_digest
from client.local.torture.checks.outbox import Arrival
from client.local.torture.plan import chance_of
from client.selftest.http import Reply, Request, serve_connection

CUT = Reply(0)
"""Hangs up without an answer."""

HANG_S = 6.0
"""Longer than the server waits for a message's answer."""

PROMPT_S = 2.0
"""An answer that takes longer may not be heard any more: the server waits for 5 s, on a machine with much to do."""

_MESSAGES = {"take": 170, "slow": 8, "fail": 8, "busy": 4, "cut": 8, "hang": 1}
_COMMANDS = {"take": 30, "slow": 3, "fail": 1, "exit": 2, "cut": 2, "hang": 1}
_SLOW_S = 0.15
_PARTS = 5


@dataclass
class Sink:
    """What came, and what is answered.

    Attributes:
        seed: Decides on the trouble.
        life: Which server sends now.
        calm: Whether there is no trouble any more.
        arrivals: The messages of each build.
        commands: How many commands were asked for.
        port: Where it listens.
    """

    seed: int
    life: int = 0
    calm: bool = False
    arrivals: dict[str, list[Arrival]] = field(default_factory=dict)
    commands: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        """Where the server finds it."""
        return f"http://127.0.0.1:{self.port}"

    async def respond(self, request: Request) -> Reply:
        """Answer one request."""
        parts = [unquote(part) for part in request.path.split("/")]
        if request.method != "POST" or len(parts) != _PARTS:
            return Reply(404, {"detail": "an orchestrator knows nothing of this"})
        _, _, kind, name, verb = parts
        if (kind, verb) == ("runs", "message") and isinstance(request.value, dict):
            return await self._message(name, message_digest(request.value))
        if (kind, verb) == ("workspaces", "exec"):
            return await self._command(name)
        return Reply(404, {"detail": "an orchestrator knows nothing of this"})

    async def _message(self, run: str, message: bytes) -> Reply:
        """Take a message, or do not."""
        arrivals, came, life = self.arrivals.setdefault(run, []), trio.current_time(), self.life
        place = len(arrivals)
        trouble = self._choose(f"{run}/{place}", _MESSAGES)
        # Noted before it is answered, as not taken: the server may die meanwhile.
        arrivals.append(Arrival(message, life, taken=False))
        reply = await _answer(trouble, {"success": True})
        prompt = trio.current_time() - came < PROMPT_S
        if reply.status == 200:
            # One whose answer came late may come again, and has been taken all the same.
            arrivals[place] = Arrival(message, life if prompt else 0, taken=True)
        return reply

    async def _command(self, workspace: str) -> Reply:
        """Seem to run a command."""
        self.commands += 1
        trouble = self._choose(f"{workspace}/{self.commands}", _COMMANDS)
        code = 1 if trouble == "exit" else 0
        return await _answer(trouble, {"exitCode": code, "stdout": "", "stderr": ""})

    def _choose(self, what: str, weights: dict[str, int]) -> str:
        if self.calm:
            return "take"
        return chance_of(f"{self.seed}/{what}").choices(list(weights), weights=list(weights.values()))[0]


async def _answer(trouble: str, value: dict[str, object]) -> Reply:
    """Make an answer, or none."""
    await trio.sleep({"slow": _SLOW_S, "hang": HANG_S}.get(trouble, 0))
    if trouble in {"fail", "busy"}:
        return Reply(500 if trouble == "fail" else 503, {"detail": "in trouble, on purpose"})
    return CUT if trouble in {"cut", "hang"} else Reply(200, value)


@asynccontextmanager
async def open_sink(seed: int) -> AsyncIterator[Sink]:
    """Open one for the block, on a free port of this machine."""
    sink = Sink(seed)
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    sink.port = int(listeners[0].socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, partial(serve_connection, respond=sink.respond), listeners)
        yield sink
        nursery.cancel_scope.cancel()
