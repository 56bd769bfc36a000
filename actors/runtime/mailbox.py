"""Mailboxes: bounded memory channels, drained in batches, with `tell` and `ask`.

One awaited send and receive for each message costs twenty times what `send_nowait` and a drain with `receive_nowait`
cost, so there is no awaited send here at all: a full mailbox is an answer (`MailboxFull`), not a wait.
"""

from collections.abc import Callable
from typing import Generic, Optional, TypeVar

import trio

from actors.runtime.errors import ActorStopped, MailboxFull

M = TypeVar("M")
T = TypeVar("T")


class Reply(Generic[T]):
    """Where the answer to one `ask` arrives. Answering twice, or when nobody waits any more, does nothing."""

    def __init__(self) -> None:
        self._event = trio.Event()
        self._value: Optional[T] = None
        self._error: Optional[Exception] = None

    def set(self, value: T) -> None:
        """Answer."""
        if not self._event.is_set():
            self._value = value
            self._event.set()

    def fail(self, error: Exception) -> None:
        """Answer with an error, which is raised in whoever asked."""
        if not self._event.is_set():
            self._error = error
            self._event.set()

    async def wait(self) -> T:
        """Wait for the answer.

        Raises:
            ActorStopped: The actor ended before it answered.
            Exception: What the actor answered with.
        """
        await self._event.wait()
        if self._error is not None:
            # One error may answer many: each would add its frames to the traceback of all.
            raise self._error.with_traceback(None)
        return self._value  # type: ignore[return-value]  # set() stored a T


class Mailbox(Generic[M]):
    """An actor's inbox. It outlives a restart of the actor, so that whoever holds it needs no new address.

    Args:
        name: Whose it is, for errors.
        capacity: Messages that may wait.
    """

    def __init__(self, name: str, capacity: int = 256) -> None:
        self._name = name
        self._send, self._receive = trio.open_memory_channel[M](capacity)
        self._closed = False

    def __len__(self) -> int:
        """How many messages wait."""
        return self._send.statistics().current_buffer_used

    def tell(self, message: M) -> None:
        """Leave a message, without waiting.

        Raises:
            MailboxFull: There is no room.
            ActorStopped: The actor has ended.
        """
        if self._closed:
            raise ActorStopped(f"{self._name} has ended.")
        try:
            self._send.send_nowait(message)
        except trio.WouldBlock:
            raise MailboxFull(
                f"{self._name} has {len(self)} messages waiting, which is its limit.", hint="Try again in a moment."
            ) from None

    async def ask(self, make: Callable[[Reply[T]], M]) -> T:
        """Leave a message and wait for its answer; the timeout belongs to the caller.

        Args:
            make: Builds the message around the reply.

        Raises:
            MailboxFull: There is no room.
            ActorStopped: The actor ended before it answered.
        """
        reply: Reply[T] = Reply()
        self.tell(make(reply))
        return await reply.wait()

    async def receive(self, limit: Optional[int] = None) -> list[M]:
        """Wait for a message, and take all that are there, or up to `limit` of them."""
        batch = [await self._receive.receive()]
        batch.extend(self.drain(None if limit is None else limit - 1))
        return batch

    def drain(self, limit: Optional[int] = None) -> list[M]:
        """Take all messages that are there, or up to `limit` of them, without waiting."""
        count = len(self) if limit is None else min(limit, len(self))
        return [self._receive.receive_nowait() for _ in range(count)]

    def close(self) -> None:
        """End it: later messages are refused, and each `ask` that waits gets `ActorStopped`."""
        self._closed = True
        for message in self.drain():
            fail_reply(message, ActorStopped(f"{self._name} has ended."))


def fail_reply(message: object, error: Exception) -> None:
    """Answer a message with an error, when it is one that waits for an answer."""
    reply = getattr(message, "reply", None)
    if isinstance(reply, Reply):
        reply.fail(error)
