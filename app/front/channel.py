"""One topic's subscribers, the log of frames that they share, and the pump that writes to those who are caught up."""

import logging

import trio
from wsproto.frame_protocol import CloseReason

from actors.runtime.topic import TailLimits, Topic
from app.front.frames import Frames
from app.front.subscriber import Subscriber

logger = logging.getLogger(__name__)

_ENDED = (CloseReason.NORMAL_CLOSURE, "the stream has ended")
_BROKEN_OFF = (CloseReason.SERVICE_RESTART, "this stream broke off; come back with after")
_FAILED = (CloseReason.INTERNAL_ERROR, "the stream could not be sent")

_FAIR = 256
"""Subscribers that are written to before other tasks get a turn."""


class Channel:
    """What the subscribers of one topic share.

    Args:
        topic: The stream.

    Attributes:
        users: Connections that hold this channel; the last one takes it down.
    """

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.frames = Frames(topic.last_seq, TailLimits().size)
        self.members: set[Subscriber] = set()
        self.users = 0
        self._live: set[Subscriber] = set()
        self._failed = False
        self._scope = trio.CancelScope()

    def add(self, subscriber: Subscriber) -> None:
        """Count a subscriber in."""
        self.members.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Count a subscriber out."""
        self.members.discard(subscriber)
        self._live.discard(subscriber)

    def stop(self) -> None:
        """End the pump."""
        self._scope.cancel()

    def settle(self, subscriber: Subscriber) -> bool:
        """Hand the subscriber over to the pump, or close it at the stream's end; False when it has more to read."""
        if self._failed:
            subscriber.close(*_FAILED)
            return False
        # It may be ahead of the log, when it read what was published and the pump did not run yet.
        if subscriber.position < self.frames.last:
            return False
        if self.topic.ended or self.topic.closed:
            if subscriber.position >= self.topic.last_seq:
                subscriber.close(*self._farewell)
            return False
        self._live.add(subscriber)
        return True

    def unsettle(self, subscriber: Subscriber) -> None:
        """Take the subscriber back from the pump."""
        self._live.discard(subscriber)

    async def pump(self) -> None:
        """Write what is published to those who are caught up, until the stream ends or `stop`."""
        try:
            with self._scope:
                while not self.topic.ended and not self.topic.closed:
                    await self.topic.wait_beyond(self.frames.last)
                    await self._spread()
                await self._spread()  # it may have ended before this loop began
                for subscriber in tuple(self._live):
                    subscriber.close(*self._farewell)
        except Exception:
            logger.exception("the stream of %s could not be sent", self.topic.id)
            self._failed = True
            self.close(*_FAILED)

    def close(self, code: int, reason: str) -> None:
        """Close each subscriber."""
        for subscriber in tuple(self.members):
            subscriber.close(code, reason)

    @property
    def _farewell(self) -> tuple[int, str]:
        return _ENDED if self.topic.ended else _BROKEN_OFF

    async def _spread(self) -> None:
        """Frame what was published since the last time, once, and send it to all who wait for it."""
        start = self.frames.last
        if start == self.topic.last_seq:
            return
        entries = self.topic.tail_after(start)
        if entries is None:
            # More was published in one go than a topic keeps: each reads the journal, at its own pace.
            self.frames.reset(self.topic.last_seq)
            for subscriber in tuple(self._live):
                subscriber.wake()
            return
        self.frames.extend(entries)
        index = self.frames.index_after(start)
        data = self.frames.joined(index)
        for turn, subscriber in enumerate(tuple(self._live), 1):
            if turn % _FAIR == 0:
                await trio.lowlevel.checkpoint()
            if subscriber in self._live:
                if subscriber.position == start:
                    subscriber.push(self.frames, index, data)
                else:
                    self._push_rest(subscriber)

    def _push_rest(self, subscriber: Subscriber) -> None:
        """Send to one who has a part of it already."""
        if self.frames.has_beyond(subscriber.position):
            at = self.frames.index_after(subscriber.position)
            subscriber.push(self.frames, at, self.frames.joined(at))
