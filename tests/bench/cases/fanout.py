"""Events to many subscribers: paced and flat out, idle ones, and one that does not read.

With Callboard each event goes through the journal, as those of a job do, and so is on disk before anybody sees it; the
peer's and the floor's are not.
"""

import socket
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.load.clients import watching
from tests.bench.proc import Meter
from tests.bench.sides import CALLBOARD, FLOOR, ONCE, PEER, Side
from tests.e2e.processes import memory

_US = 1e-6
_SIDES = (CALLBOARD, PEER, ONCE, FLOOR)
_IDLE = (1000, 10_000)
_SETTLE_S = 1.0

_FLAT = {1: 5000, 10: 2000, 100: 300, 1000: 100, 5000: 20, 10_000: 20}
"""Events, by subscribers."""

_MANY = 2000
"""With more subscribers than these a case is slow: it takes a second or more to connect a thousand."""

_PACED = {(1, 50): 100, (100, 50): 100, (100, 5): 15, (1000, 50): 60, (1000, 5): 15}
"""Events, by subscribers and events a second."""

_EACH = 50
"""Events that are told at once, flat out."""


def _begin(side: Side, number: int) -> str:
    actor_id = f"job-bench-{number}"
    side.control("actor", actor_id)
    return actor_id


@dataclass(frozen=True)
class Telling:
    """How events are told.

    Attributes:
        count: Subscribers.
        events: How many events.
        gap: Seconds of pause.
        each: How many at once, before each pause.
    """

    count: int
    events: int
    gap: float
    each: int


def _tell(telling: Telling, ground: Ground, side: Side, actor_id: str) -> dict[str, float]:
    """Tell events to subscribers, until each has had all."""
    with watching(ground, side, actor_id, count=telling.count, events=telling.events) as watchers:
        meter = Meter(side.pid)
        side.control("publish", actor_id, count=telling.events, gap=telling.gap, each=telling.each)
        found = watchers.finish()
        values = meter.read(telling.count * telling.events)
    side.control("forget", actor_id)
    return {**values, "p50": found["p50"] * _US, "p99": found["p99"] * _US}


def _deliver(telling: Telling, ground: Ground, side: Side, number: int) -> Values:
    return _tell(telling, ground, side, _begin(side, number))


def _idle(count: int, ground: Ground, side: Side, number: int) -> Values:
    """Open subscribers, and see what each takes."""
    actor_id = _begin(side, number)
    with watching(ground, side, actor_id, count=1, events=0):
        time.sleep(_SETTLE_S)  # what the first one makes once is not of each
    before, meter = memory(side.pid), Meter(side.pid)
    with watching(ground, side, actor_id, count=count, events=0):
        time.sleep(_SETTLE_S)  # buffers of the handshakes go back
        return {"memory": (memory(side.pid) - before) / count, "cpu": meter.read(count)["cpu"]}


def _stalled(ground: Ground, side: Side, number: int) -> Values:
    """Deliver twice, once with one more subscriber, who never reads; what that changes for the others.

    Which of both comes first is another one each round, so that it is nothing of what a server was made to do before.
    """
    if number % 2:
        alone = _deliver(_STALLED, ground, side, 2 * number)
        beside = _beside_one_who_never_reads(ground, side, 2 * number + 1)
    else:
        beside = _beside_one_who_never_reads(ground, side, 2 * number)
        alone = _deliver(_STALLED, ground, side, 2 * number + 1)
    return {
        "wall, times": beside["wall"] / alone["wall"],
        "p99, times": beside["p99"] / alone["p99"],
        "cpu": beside["cpu"],
        "growth": beside["growth"],
    }


def _beside_one_who_never_reads(ground: Ground, side: Side, number: int) -> Values:
    actor_id = _begin(side, number)
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", side.port))
        reader.sendall(_upgrade(side.port, actor_id))
        if reader.recv(12) != b"HTTP/1.1 101":
            raise RuntimeError(f"{side.name}: a WebSocket was refused.")
        return _tell(_STALLED, ground, side, actor_id)


_STALLED: Final = Telling(count=10, events=20_000, gap=0.02, each=100)
"""Much more than the socket of who does not read has room for."""


def _upgrade(port: int, actor_id: str) -> bytes:
    return (
        f"GET /ws/{actor_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def cases() -> list[Case]:
    """Flat out, paced, idle and with one who does not read."""
    flat = [
        Case(
            f"fanout-flat-{count}",
            f"{events} events to {count} subscribers, flat out, {_EACH} at once",
            "a delivered event",
            partial(_deliver, Telling(count, events, 0.0, _EACH)),
            ("cpu", "wall", "p99"),
            *(_SIDES, "floor"),
            handle=True,
            size=count,
            slow=count > _MANY,
            connections=count,
        )
        for count, events in _FLAT.items()
    ]
    paced = [
        Case(
            f"fanout-{count}-at-{rate}",
            f"{events} events to {count} subscribers, {rate} a second",
            "a delivered event",
            partial(_deliver, Telling(count, events, 1 / rate, 1)),
            ("cpu", "p50", "p99"),
            *(_SIDES, "floor"),
            handle=True,
        )
        for (count, rate), events in _PACED.items()
    ]
    idle = [
        Case(
            "idle" if count == _IDLE[0] else f"idle-{count}",
            f"{count} subscribers to whom nothing is told",
            "a subscriber",
            partial(_idle, count),
            ("memory", "cpu"),
            handle=True,
            fresh=True,
            slow=count > _MANY,
            connections=count,
        )
        for count in _IDLE
    ]
    about = (
        f"{_STALLED.events:,} events to {_STALLED.count} subscribers beside one who never reads, by the same without"
    )
    tells = ("wall, times", "p99, times", "cpu", "growth")
    return [*flat, *paced, *idle, Case("stalled", about, "a delivered event", _stalled, tells, handle=True)]
