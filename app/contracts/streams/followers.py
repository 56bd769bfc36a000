"""Those who follow a stream through Quart: Server-Sent Events, and WebSockets on connections that served requests."""

from collections.abc import Iterator
from contextlib import contextmanager

from actors.runtime.topic import Subscription
from app.front.figures import BLOCKED, LIVE, READING


class Follower:
    """One of them.

    Args:
        transport: `sse` or `websocket`.
        subscription: Its cursor.

    Attributes:
        sending: Whether it is being sent something.
    """

    __slots__ = ("sending", "subscription", "transport")

    def __init__(self, transport: str, subscription: Subscription) -> None:
        self.transport = transport
        self.subscription = subscription
        self.sending = False


class Followers:
    """All of a server's."""

    def __init__(self) -> None:
        self._found: set[Follower] = set()

    @contextmanager
    def one(self, transport: str, subscription: Subscription) -> Iterator[Follower]:
        """Count one in for the block, in its topic too."""
        follower = Follower(transport, subscription)
        self._found.add(follower)
        try:
            with subscription:
                yield follower
        finally:
            self._found.discard(follower)

    def lags(self, transport: str) -> Iterator[tuple[str, int]]:
        """Of each who comes this way, its class and how many events it is behind."""
        for one in self._found:
            if one.transport == transport:
                behind = max(0, one.subscription.topic.last_seq - one.subscription.position)
                yield (BLOCKED if one.sending else READING) if behind else LIVE, behind
