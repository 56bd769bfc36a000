"""One topic's subscribers, the log of frames that they share, and the pump that writes to those who are caught up."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from time import perf_counter
from typing import Final, Optional

import trio
from wsproto.frame_protocol import CloseReason

from actors.runtime.context import current_request
from actors.runtime.topic import Subscription, TailLimits, Topic, TopicClosed
from app.front.figures import BLOCKED, LIVE, READING, FrontFigures
from app.front.frames import Frames
from app.front.subscriber import Subscriber

logger = logging.getLogger(__name__)

_ENDED: Final = (CloseReason.NORMAL_CLOSURE, "the stream has ended")
_BROKEN_OFF: Final = (CloseReason.SERVICE_RESTART, "this stream broke off; come back with after")
_FAILED: Final = (CloseReason.INTERNAL_ERROR, "the stream could not be sent")

_FAIR = 256
"""Subscribers that are written to before other tasks get a turn."""

_LOST: Final = -1

_Sockets = dict[Subscriber, Callable[[], int]]
"""Subscribers, and what tells the descriptor of each: -1 once it was closed, by whomever, so that no event goes to a
file that has the number now."""


class Channel:
    """What the subscribers of one topic share.

    Those to whom the pump writes have all that is in the log, or, while it writes, what was in it before. So where they
    are is kept here, once for all of them, and what an event costs for each is little beside its system call.

    Args:
        topic: The stream.
        figures: What is counted of them.

    Attributes:
        users: Connections that hold this channel; the last one takes it down.
    """

    def __init__(self, topic: Topic, figures: Optional[FrontFigures] = None) -> None:
        self.topic = topic
        self.figures = figures or FrontFigures()
        self.frames = Frames(topic.last_seq, TailLimits().size)
        self.members: set[Subscriber] = set()
        self.users = 0
        self._live: _Sockets = {}  # who has all that is in the log
        self._waiting: _Sockets = {}  # who has what is before `_start`, and is sent the rest now
        self._start = self.frames.last
        self._farewell: Optional[tuple[int, str]] = None  # once the pump has ended
        self._scope = trio.CancelScope()

    def add(self, subscriber: Subscriber) -> None:
        """Count a subscriber in."""
        self.members.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Count a subscriber out."""
        self.members.discard(subscriber)
        self.unsettle(subscriber)

    def lags(self) -> Iterator[tuple[str, int]]:
        """Of each subscriber, its class and how many events it is behind."""
        last = self.topic.last_seq
        for members, position in ((self._live, self.frames.last), (self._waiting, self._start)):
            if members:
                yield from [(LIVE, last - position)] * len(members)
        for one in self.members:
            if one not in self._live and one not in self._waiting:
                yield BLOCKED if one.blocked else READING, max(0, last - one.position)

    def stop(self) -> None:
        """End the pump."""
        self._scope.cancel()

    def settle(self, subscriber: Subscriber) -> bool:
        """Hand the subscriber over to the pump, or close it at the stream's end; False when it is elsewhere."""
        if self._farewell is not None:
            if self._farewell is _FAILED or subscriber.position >= self.frames.last:
                subscriber.close(*self._farewell)
            return False
        if subscriber.position != self.frames.last:
            return False
        self._live[subscriber] = subscriber.fileno
        return True

    def unsettle(self, subscriber: Subscriber) -> None:
        """Take the subscriber back from the pump, and let it know its position again."""
        if self._live.pop(subscriber, None) is not None:
            subscriber.position = self.frames.last
        elif self._waiting.pop(subscriber, None) is not None:
            subscriber.position = self._start

    async def read(self, subscription: Subscription, after: int) -> Frames:
        """Get a page of what is in the log and lies beyond `after`, from memory or from the journal.

        Raises:
            TopicClosed: There is none.
        """
        subscription.position = after
        entries = self.topic.tail_after(after) or await subscription.replay()
        # The journal may be ahead of the log, and who has more than that could not be handed over to the pump.
        known = [entry for entry in entries[: subscription.PAGE] if entry.seq <= self.frames.last]
        if not known:
            raise TopicClosed
        page = Frames(after)
        page.extend(known)
        return page

    async def pump(self) -> None:
        """Write what is published to those who are caught up, until the stream ends or `stop`."""
        current_request.set(None)  # it is for all of them, and not for the first one alone
        try:
            with self._scope:
                while not self.topic.ended and not self.topic.closed:
                    await self.topic.wait_beyond(self.frames.last)
                    await self._spread()
                await self._spread()  # it may have ended before this loop began
                self._farewell = _ENDED if self.topic.ended else _BROKEN_OFF
                for subscriber in tuple(self._live):
                    subscriber.close(*self._farewell)
        except Exception:
            logger.exception("the stream of %s could not be sent", self.topic.id)
            self._farewell = _FAILED
            self.close(*_FAILED)

    def close(self, code: int, reason: str) -> None:
        """Close each subscriber."""
        for subscriber in tuple(self.members):
            subscriber.close(code, reason)

    async def _spread(self) -> None:
        """Frame what was published since the last time, once, and send it to all who wait for it."""
        start = self.frames.last
        if start == self.topic.last_seq:
            return
        entries = self.topic.tail_after(start)
        if entries is None:
            # More was published in one go than a topic keeps: each reads the journal, at its own pace.
            for subscriber in tuple(self._live):
                subscriber.wake()
            self.frames.reset(self.topic.last_seq)
            return
        self._start, self._waiting, self._live = start, self._live, {}
        self.frames.extend(entries)
        index = self.frames.index_after(start)
        data = self.frames.joined(index)
        while self._waiting:
            self._send_to_some(index, data)
            if self._waiting:
                await trio.lowlevel.checkpoint()
        self.figures.delays.observe(perf_counter() - self.topic.published)

    def _send_to_some(self, index: int, data: bytes) -> None:
        """Send what is in the log from `index` on to those whose turn it is; what a socket does not take is theirs."""
        some = self._take_some()
        short = _write(some.values(), data)
        if self._live:
            self._live.update(some)
        else:
            self._live = some
        if short:
            subscribers = tuple(some)
            for turn, sent in short:
                if sent == _LOST:
                    subscribers[turn].lose()
                else:
                    subscribers[turn].fall_short(*(self.frames.split(index, sent) if sent else (self._start, b"")))

    def _take_some(self) -> _Sockets:
        if len(self._waiting) <= _FAIR:
            some, self._waiting = self._waiting, {}
            return some
        some = dict(islice(self._waiting.items(), _FAIR))
        for subscriber in some:
            del self._waiting[subscriber]
        return some


def _write(sockets: Iterable[Callable[[], int]], data: bytes) -> list[tuple[int, int]]:
    """Write to each socket what it takes at once; the turns of those that did not take all, and how much they took."""
    write, size, short = os.write, len(data), []
    for turn, fileno in enumerate(sockets):
        try:
            sent = write(fileno(), data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = _LOST
        if sent != size:
            short.append((turn, sent))
    return short
