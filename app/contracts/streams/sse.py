"""Server-Sent Events over a subscription, as the WHATWG HTML standard has them (section 9.2)."""

from types import TracebackType
from typing import Optional

import trio
from quart.wrappers.response import ResponseBody

from actors.runtime.topic import EndOfStream, Entry, Subscription, TopicClosed
from app.contracts.streams.followers import Followers

MEDIA_TYPE = "text/event-stream"

_QUIET_S = 15.0
"""Seconds after which a comment is sent, so that proxies and clients see that the stream is alive."""


class EventStream(ResponseBody):
    """A response's body: events as they happen, until the stream ends.

    Args:
        subscription: What to follow.
        followers: Who follows something this way.
    """

    def __init__(self, subscription: Subscription, followers: Followers) -> None:
        self._subscription = subscription
        self._counted = followers.one("sse", subscription)

    async def __aenter__(self) -> "EventStream":
        """Count the subscriber in."""
        self._follower = self._counted.__enter__()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Count the subscriber out."""
        self._counted.__exit__(kind, error, trace)

    def __aiter__(self) -> "EventStream":
        """Iterate over chunks."""
        return self

    async def __anext__(self) -> bytes:
        """Wait for the next events, or for the time to show that the stream is alive."""
        self._follower.sending = False  # it comes back when the last ones were sent
        try:
            with trio.move_on_after(_QUIET_S):
                return b"".join(encode(entry) for entry in await self._subscription.next())
        except (EndOfStream, TopicClosed):
            raise StopAsyncIteration from None
        finally:
            self._follower.sending = True
        return b": alive\n\n"


def encode(entry: Entry) -> bytes:
    """Encode one event; its payload is one line, so that one `data:` field is enough."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (entry.seq, entry.type.encode(), entry.payload)
