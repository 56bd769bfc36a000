"""WebSocket streams: one pump for each topic that somebody follows, and one writer for each socket.

What a subscriber costs is a position, at most one half-sent frame, and while it reads what is older than the shared
log, a page of it. See `subscriber.py` for who is slow, and `channel.py` for who writes.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from http import HTTPStatus
from typing import Optional, Protocol

import trio
from wsproto.frame_protocol import CloseReason

from actors.runtime.context import KnownRequest, current_request
from actors.runtime.errors import Busy
from actors.runtime.topic import Subscription, Topic
from app.errors import problem_of_any
from app.front.channel import Channel
from app.front.connection import limit_send_buffer, peer_of, refuse
from app.front.figures import FrontFigures
from app.front.handshake import Handshake, read_wish
from app.front.head import BadHead, Head
from app.front.limits import FrontLimits
from app.front.subscriber import Subscriber
from app.security import REVOKED, Caller, Denial, caller_of_request

logger = logging.getLogger(__name__)

Judge = Callable[[Caller], Awaitable[Optional[Denial]]]

Lease = Callable[[Caller, Callable[[], None]], AbstractContextManager[None]]
"""Has something ended when the token ends that let a caller in; see `app.security.Gate.lease`."""


def for_ever(_caller: Caller, _end: Callable[[], None]) -> AbstractContextManager[None]:
    """A lease that nothing ends."""
    return nullcontext()


_FAIR = 256


class Streams(Protocol):
    """Where topics are found."""

    async def open(self, actor_id: str) -> Topic:
        """Find the stream of an actor.

        Raises:
            NotFound: There is no such actor.
        """


class Broadcaster:
    """All WebSocket streams of one server.

    Args:
        streams: Where topics are found.
        judge: Who may follow a stream.
        limits: What a client may cost.
        nursery: For the pumps; it outlives the connections.
        lease: Until when they may.
        figures: What is counted of them.
    """

    def __init__(
        self,
        streams: Streams,
        judge: Judge,
        limits: FrontLimits,
        nursery: trio.Nursery,
        lease: Lease = for_ever,
        figures: Optional[FrontFigures] = None,
    ) -> None:
        self._streams = streams
        self._judge = judge
        self._limits = limits
        self._nursery = nursery
        self._lease = lease
        self._figures = figures or FrontFigures()
        self._channels: dict[Topic, Channel] = {}
        self._open = 0
        self._left = trio.Event()

    @property
    def subscribers(self) -> int:
        """Streams that are open."""
        return self._open

    def lags(self) -> Iterator[tuple[str, int]]:
        """Of each subscriber, its class and how many events it is behind."""
        for channel in self._channels.values():
            yield from channel.lags()

    async def serve(self, stream: trio.SocketStream, head: Head) -> None:
        """Serve one upgrade request, and the stream that follows it, to its end.

        Args:
            stream: The connection; closed by whoever opened it.
            head: The request.
        """
        _remember(head)
        try:
            answer, subscription = await self._admit(stream, head)
        except BadHead as error:
            current_request.set(head)
            self._figures.requests.counted(head.method, head.target, error.problem.status)
            await refuse(stream, error.problem, self._limits)
            return
        self._figures.requests.counted(head.method, head.target, HTTPStatus.SWITCHING_PROTOCOLS)
        limit_send_buffer(stream, self._limits)
        channel = self._join(subscription.topic)
        try:
            with subscription:
                async with trio.open_nursery() as nursery:
                    subscriber = Subscriber(stream, subscription, channel, nursery, self._limits)
                    revoke = partial(subscriber.close, CloseReason.POLICY_VIOLATION, REVOKED)
                    lease, rest = self._lease(_caller(stream, head), revoke), head.rest
                    del head  # of all that follow, so little is kept that many can
                    with lease, subscriber:
                        await subscriber.follow(answer, rest)
        finally:
            self._leave(channel)

    async def ping(self) -> None:
        """Ask each client now and then whether it is there; runs until it is cancelled."""
        while True:
            await trio.sleep(self._limits.ping_every)
            members = [subscriber for channel in self._channels.values() for subscriber in channel.members]
            for turn, subscriber in enumerate(members, 1):
                if turn % _FAIR == 0:
                    await trio.lowlevel.checkpoint()
                subscriber.ping()

    async def until_left(self) -> None:
        """Wait until no stream is open."""
        while self._open:
            await self._left.wait()

    def stop(self) -> None:
        """Close each stream: the server is stopping."""
        for channel in tuple(self._channels.values()):
            channel.close(CloseReason.SERVICE_RESTART, "the server is stopping")

    async def _admit(self, stream: trio.SocketStream, head: Head) -> tuple[bytes, Subscription]:
        """Decide whether a stream opens.

        The policy comes before everything that tells which actors there are.
        """
        denial = await self._judge(_caller(stream, head))
        if denial is not None:
            current_request.set(head)
            logger.info("refused the stream %r with %d: %s", head.path, denial.status, denial.problem)
            raise BadHead(denial.as_problem())
        handshake = Handshake(head)
        try:
            subscription = await self._subscribe(head)
        except Exception as error:
            raise BadHead(problem_of_any(error)) from error
        return handshake.accept(head.request_id if head.names_itself else ""), subscription

    async def _subscribe(self, head: Head) -> Subscription:
        wish = read_wish(head)
        if self._open >= self._limits.streams:
            raise Busy(f"{self._open} streams are open, and no more may be.", hint="Try again later.")
        topic = await self._streams.open(wish.actor_id)
        return topic.subscribe(wish.after)

    def _join(self, topic: Topic) -> Channel:
        """The channel of a topic, which is there as long as somebody is in it."""
        self._open += 1
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = Channel(topic, self._figures)
            self._nursery.start_soon(channel.pump)
        channel.users += 1
        return channel

    def _leave(self, channel: Channel) -> None:
        """Count one out that `_join` has counted in."""
        self._open -= 1
        channel.users -= 1
        if not channel.users:
            channel.stop()
            del self._channels[channel.topic]
        if not self._open:
            self._left.set()
            self._left = trio.Event()


def _remember(head: Head) -> None:
    """Keep little of a request for as long as its stream lasts: many follow, and the log has little to say of them."""
    if head.names_itself:
        current_request.set(KnownRequest(head.request_id))
    elif current_request.get() is not None:  # a variable that was never set costs nothing
        current_request.set(None)


def _caller(stream: trio.SocketStream, head: Head) -> Caller:
    return caller_of_request(head.method, head.target, head.headers, peer_of(stream))
