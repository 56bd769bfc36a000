"""A job's events over a WebSocket: every event once and in order, across any number of broken connections."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import quote

import trio

from client.backoff import Backoff
from client.connection import Dropped, Endpoint, Socket, open_socket
from client.errors import ClientError, Unreachable
from client.events import Event, missed
from client.groups import single_error

logger = logging.getLogger(__name__)

_BUFFERED_EVENTS = 64
OnNotice = Callable[[str], None]


@dataclass
class EventStream:
    """The events of one id, received one after the other; ends after the `end` event.

    Attributes:
        last: The seq of the last event that was received: the `after` to come back with.
    """

    last: int
    _receive: trio.MemoryReceiveChannel[Event]
    _failure: deque[ClientError] = field(default_factory=lambda: deque(maxlen=1))

    def __aiter__(self) -> "EventStream":
        """Return the stream itself."""
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises:
            ClientError: The server knows no such id, refuses, or did not come back.
        """
        try:
            event = await self._receive.receive()
        except trio.EndOfChannel:
            if self._failure:
                raise self._failure[0] from None
            raise StopAsyncIteration from None
        self.last = event.seq
        return event


@asynccontextmanager
async def open_events(
    endpoint: Endpoint,
    id: str,
    after: int = 0,
    *,
    backoff: Optional[Backoff] = None,
    on_notice: Optional[OnNotice] = None,
) -> AsyncIterator[EventStream]:
    """Follow the events of an id.

    Args:
        endpoint: The server, and how to be let in.
        id: Of the job.
        after: The seq of the last event that is already known; 0 for all.
        backoff: How to come back after a connection broke.
        on_notice: Called with a sentence when the connection broke and when it is back.

    Yields:
        The stream. Receiving slower than the server sends costs the server at most its own bound for one subscriber.
    """
    send, receive = trio.open_memory_channel[Event](_BUFFERED_EVENTS)
    stream = EventStream(after, receive)
    follower = _Follower(endpoint, id, after, send, backoff or Backoff(), on_notice or logger.info)
    with single_error():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_run, follower, stream)
            yield stream
            nursery.cancel_scope.cancel()


async def _run(follower: "_Follower", stream: EventStream) -> None:
    """Follow to the end, leaving an error for the one who receives."""
    async with follower.send:
        try:
            await follower.run()
        except ClientError as error:
            stream._failure.append(error)  # noqa: SLF001 - the stream's own other half


@dataclass
class _Follower:
    """Keeps one connection open and its events in order."""

    endpoint: Endpoint
    id: str
    last: int
    send: trio.MemorySendChannel[Event]
    backoff: Backoff
    on_notice: OnNotice
    _ended: bool = False
    _asked_again_at: int = -1

    async def run(self) -> None:
        """Connect, and connect again, until the `end` event was handed on."""
        failures, silent_since = 0, trio.current_time()
        while not self._ended:
            before = self.last
            reason = await self._follow_once()
            if self._ended:
                return
            if self.last > before:
                failures, silent_since = 0, trio.current_time()
            failures += 1
            pause = self.backoff.delay(failures)
            if trio.current_time() + pause - silent_since > self.backoff.patience_s:
                raise Unreachable(
                    f"lost {self.id}: {reason}, and {self.endpoint.address} did not come back",
                    hint=f"the job is safe: come back with `callboard watch {self.id} --after {self.last}`",
                )
            self.on_notice(f"{reason}; coming back in {pause:.1f} s")
            await trio.sleep(pause)

    async def _follow_once(self) -> str:
        """Follow over one connection; return why it ended."""
        resource = f"/ws/{quote(self.id, safe='')}?after={self.last}"
        try:
            async with open_socket(self.endpoint, resource) as socket:
                await self._hand_on(socket)
        except Dropped as dropped:
            return str(dropped)
        return "the events did not follow on"

    async def _hand_on(self, socket: Socket) -> None:
        """Hand on events in order until the end, or until they do not follow on."""
        while not self._ended:
            event = await socket.receive()
            if event.seq <= self.last:
                logger.debug("event %d of %s came again", event.seq, self.id)
                continue
            # A gap event says itself what is missing; any other hole is asked for once more, then told.
            if event.type != "gap" and event.seq > self.last + 1:
                if self._asked_again_at != self.last:
                    self._asked_again_at = self.last
                    return
                await self.send.send(missed(event, self.last))
            self.last = event.seq
            self._ended = event.type == "end"
            await self.send.send(event)
