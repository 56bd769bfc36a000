"""Small requests: `GET /health`, and `POST /api/build`, which is validated, and whose build is known already."""

import json
from functools import partial

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.load.clients import ask_many
from tests.bench.proc import Meter
from tests.bench.sides import Side

_US = 1e-6
_PROMPT = "A shop for tea. " * 40
"""As long as people's prompts are."""

_PER_CONNECTION = {1: 1000, 32: 60}
"""Requests of one round: a second or so."""


def health() -> bytes:
    """The request for `/health`."""
    return b"GET /health HTTP/1.1\r\nHost: HOST\r\nAccept: */*\r\n\r\n"


def build(run: str) -> bytes:
    """The request for a build."""
    body = json.dumps({"runId": run, "prompt": _PROMPT, "workspaceId": "bench", "assignedPort": 5001}).encode()
    head = "POST /api/build HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    return head.format(len(body)).encode() + body


def _measure(request: bytes, connections: int, ground: Ground, side: Side, number: int) -> Values:
    if number == 0:
        ask_many(ground, side, request, connections=1, count=200)
    meter = Meter(side.pid)
    count = connections * _PER_CONNECTION[connections]
    found = ask_many(ground, side, request, connections=connections, count=count)
    return {**meter.read(count), "p50": found["p50"] * _US, "p99": found["p99"] * _US}


def cases() -> list[Case]:
    """Both requests, on one connection and on many."""
    asked = (("health", "GET /health", health()), ("build", "POST /api/build", build("run-bench")))
    return [
        Case(
            f"{name}-{connections}",
            f"{words} on {connections} kept connection{'s' if connections > 1 else ''}",
            "a request",
            partial(_measure, request, connections),
            tells=("cpu", "p50", "p99"),
        )
        for name, words, request in asked
        for connections in _PER_CONNECTION
    ]
