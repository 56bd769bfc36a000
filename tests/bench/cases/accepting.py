"""What is accepted: from an upload to the first event of its job, and how many jobs and builds a second.

Callboard answers when what was accepted is on disk. Of the peers, the durable one does too.
"""

import socket
import time
from functools import partial

from tests.bench.cases.base import Case
from tests.bench.cases.requests import build
from tests.bench.figures import Values, percentile
from tests.bench.ground import Ground
from tests.bench.load.clients import ask_many
from tests.bench.load.uploads import form_head, hold_queue, parts, upload
from tests.bench.proc import Meter
from tests.bench.sides import CALLBOARD, DURABLE, PEER, Side

_US = 1e-6
_PHOTO = 1000
_FIRST_EVENTS = 30
_ACCEPTED = 300
_AT_ONCE = 8


def first_event(side: Side, job_id: str) -> None:
    """Follow a job until its first event is there."""
    with socket.create_connection(("127.0.0.1", side.port), timeout=60) as connection:
        connection.sendall(
            f"GET /ws/{job_id} HTTP/1.1\r\nHost: 127.0.0.1:{side.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        data = b""
        while b'"seq":1,' not in data.replace(b" ", b""):
            more = connection.recv(4096)
            if not more:
                raise RuntimeError(f"{side.name}: a WebSocket ended before its first event: {data[-300:]!r}")
            data += more


def _to_first_event(ground: Ground, side: Side, number: int) -> Values:
    del ground, number
    times = []
    meter = Meter(side.pid)
    for _ in range(_FIRST_EVENTS):
        began = time.perf_counter()
        first_event(side, upload(side, _PHOTO, 1, engine="simulated", speed=0, steps=5, detail=0))
        times.append(time.perf_counter() - began)
    return {**meter.read(_FIRST_EVENTS), "p50": percentile(times, 50), "p99": percentile(times, 99)}


def _accepted(kind: str, ground: Ground, side: Side, number: int) -> Values:
    if number == 0 and kind == "jobs":
        hold_queue(side)
    if kind == "jobs":
        length, pieces = parts(_PHOTO, 1, [("engine", "simulated")] if side.ours else ())
        request = form_head(side.port, length) + b"".join(pieces)
    else:
        request = build("run-########")
    meter = Meter(side.pid)
    found = ask_many(ground, side, request, connections=_AT_ONCE, count=_ACCEPTED, first=number * _ACCEPTED)
    return {**meter.read(_ACCEPTED), "p50": found["p50"] * _US, "p99": found["p99"] * _US}


def cases() -> list[Case]:
    """First events, and what is accepted at most."""
    sides = (CALLBOARD, PEER, DURABLE)
    tells = ("cpu", "family", "wall", "p50", "p99")
    about = "POST /upload of one small photo, and its job followed until the first event is there"
    return [
        Case("first-event", about, "a job", _to_first_event, tells, sides),
        *(
            Case(
                f"accept-{kind}",
                f"{_ACCEPTED} new {kind} from {_AT_ONCE} connections, each on disk before it is answered",
                f"one of the {kind}",
                partial(_accepted, kind),
                tells,
                sides,
            )
            for kind in ("jobs", "builds")
        ),
    ]
