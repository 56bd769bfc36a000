"""What the front counts: connections, requests, and those who follow a stream."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from actors.runtime.figures import Counter, Histogram, Tally
from app.front.requests import Requests

LIVE: Final = "live"
READING: Final = "reading"
BLOCKED: Final = "blocked"

CLASSES: Final = (LIVE, READING, BLOCKED)
"""How far those are who follow a stream, and whose doing it is: `live` is sent each event at once, and is behind only
while the server is busy; `reading` has old ones to read first, from memory or the journal; `blocked` does not take what
was sent to it."""

REASONS: Final = ("slow", "silent", "revoked", "message", "failed", "restart")
"""Why one is let go: too far behind; answers no pings; its token ended; sends too much; an error of ours; the server
stops, or the stream broke off."""

REASON_OF: Final = {1008: "revoked", 1009: "message", 1011: "failed", 1012: "restart", 1013: "slow"}
"""By the code that its WebSocket is closed with (RFC 6455, section 7.4); other codes are an end, and no letting go."""


@dataclass(frozen=True)
class Lag:
    """How far some are behind.

    Attributes:
        count: How many they are.
        most: Events that the one who is farthest behind has still to be sent.
    """

    count: int = 0
    most: int = 0


def lags_of(found: Iterable[tuple[str, int]]) -> dict[str, Lag]:
    """Sum up by class, each of which is there.

    Args:
        found: Of each, its class and how many events it is behind.
    """
    lags = dict.fromkeys(CLASSES, Lag())
    for name, behind in found:
        before = lags[name]
        lags[name] = Lag(before.count + 1, max(before.most, behind))
    return lags


class FrontFigures:
    """What a front counts.

    Attributes:
        requests: By route.
        connections: That are open.
        refused: Connections that were refused because too many were open.
        let_go: Of those who followed a stream on a WebSocket, by `REASONS`.
        delays: Seconds from the publication of events until the sockets of all who are `live` had them.
        lags: Of each who follows a stream on a WebSocket of the front's, its class and how many events it is behind;
            set by the front.
    """

    def __init__(self) -> None:
        self.requests = Requests()
        self.connections = 0
        self.refused = Counter()
        self.let_go = Tally(REASONS)
        self.delays = Histogram()
        self.lags: Callable[[], Iterable[tuple[str, int]]] = tuple
