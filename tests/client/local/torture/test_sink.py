"""The orchestrator of a torture: it notes what it takes and what it does not, and makes the same trouble each time."""

import json
from typing import Any

import trio

from client.local.torture import sink as module
from client.local.torture.checks.history import message_digest
from client.local.torture.sink import Sink
from client.selftest.http import Reply, Request

MESSAGE = {"type": "status", "content": "x", "timestamp": "t"}


def posted(path: str, value: Any) -> Request:
    """A request."""
    return Request("POST", path, "application/json", json.dumps(value).encode())


async def send(sink: Sink, count: int, run: str = "run-1") -> list[int]:
    """Send messages; the statuses, with 0 for a connection that is closed."""
    return [(await sink.respond(posted(f"/api/runs/{run}/message", MESSAGE))).status for _ in range(count)]


async def test_it_makes_the_same_trouble(autojump_clock: trio.testing.MockClock) -> None:
    """By the seed; each kind of it comes, and what was not answered with 200 is noted as not taken."""
    sink, again, other = Sink(1, life=3), Sink(1, life=3), Sink(2)
    statuses = await send(sink, 300)
    assert statuses == await send(again, 300)
    assert statuses != await send(other, 300)
    assert set(statuses) == {0, 200, 500, 503}
    arrivals = sink.arrivals["run-1"]
    assert [arrival.taken for arrival in arrivals] == [status == 200 for status in statuses]
    assert {arrival.message for arrival in arrivals} == {message_digest(MESSAGE)}
    assert {arrival.life for arrival in arrivals} == {3}


async def test_what_was_answered_late_may_come_again(monkeypatch: Any) -> None:
    """The server may not have heard the answer: it counts as of no server."""
    monkeypatch.setattr(module, "PROMPT_S", 0)
    sink = Sink(1, life=3, calm=True)
    await send(sink, 1)
    assert [(arrival.life, arrival.taken) for arrival in sink.arrivals["run-1"]] == [(0, True)]


async def test_commands_and_what_it_does_not_know() -> None:
    """A command seems to have run; nothing else is there."""
    sink = Sink(1, calm=True)
    answer = await sink.respond(posted("/api/workspaces/ws-1/exec", {"command": "npm install"}))
    assert answer == Reply(200, {"exitCode": 0, "stdout": "", "stderr": ""})
    assert (await sink.respond(posted("/api/runs/run-1/other", {}))).status == 404
    assert (await sink.respond(posted("/", {}))).status == 404
    assert sink.arrivals == {}
