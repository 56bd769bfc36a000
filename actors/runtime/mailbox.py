"""Mailboxes: bounded, emptied in batches, with `tell` and `ask`.

There is no awaited send: a full mailbox is an answer (`MailboxFull`), not a wait. A memory channel of trio's would hand
over one message at a time, and cost twice as much to wake and much of the memory of an idle actor.
"""

from collections.abc import Callable
from functools import partial
from typing import Generic, Optional, TypeVar

import trio

from actors.runtime.errors import ActorStopped, MailboxFull

M = TypeVar("M")
T = TypeVar("T")


class Reply(Generic[T]):
    """Where the answer to one `ask` arrives, for the one task that asked.

    Answering twice, or when nobody waits any more, does nothing.
    """

    # No trio.Event: one of these is made for each message that is asked, and one task waits for it.
    __slots__ = ("_answered", "_asker", "_error", "_value")

    def __init__(self) -> None:
        self._answered = False
        self._asker: Optional[trio.lowlevel.Task] = None
        self._value: Optional[T] = None
        self._error: Optional[Exception] = None

    def set(self, value: T) -> None:
        """Answer."""
        if not self._answered:
            self._value = value
            self._wake()

    def fail(self, error: Exception) -> None:
        """Answer with an error, which is raised in whoever asked."""
        if not self._answered:
            self._error = error
            self._wake()

    async def wait(self) -> T:
        """Wait for the answer.

        Raises:
            ActorStopped: The actor ended before it answered.
            Exception: What the actor answered with.
        """
        if self._answered:
            await trio.lowlevel.checkpoint()
        else:
            self._asker = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._leave)
        if self._error is not None:
            # One error may answer many: each would add its frames to the traceback of all.
            raise self._error.with_traceback(None)
        return self._value  # type: ignore[return-value]  # set() stored a T

    def _wake(self) -> None:
        self._answered = True
        if self._asker is not None:
            trio.lowlevel.reschedule(self._asker)
            self._asker = None

    def _leave(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        """Wait no longer, because of a cancel."""
        self._asker = None
        return trio.lowlevel.Abort.SUCCEEDED


class Mailbox(Generic[M]):
    """An actor's inbox. It outlives a restart of the actor, so that whoever holds it needs no new address.

    Args:
        name: Whose it is, for errors.
        capacity: Messages that may wait.
    """

    __slots__ = ("_capacity", "_closed", "_messages", "_name", "_readers")

    def __init__(self, name: str, capacity: int = 256) -> None:
        self._name = name
        self._capacity = capacity
        self._closed = False
        # A list, of which a reader takes all at once: a deque would be ten times as large, and emptied one by one.
        self._messages: list[M] = []
        self._readers: list[trio.lowlevel.Task] = []  # who waits for a message

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._messages)

    def tell(self, message: M) -> None:
        """Leave a message, without waiting.

        Raises:
            MailboxFull: There is no room.
            ActorStopped: The actor has ended.
        """
        if self._closed:
            raise ActorStopped(f"{self._name} has ended.")
        if len(self._messages) >= self._capacity:
            raise MailboxFull(
                f"{self._name} has {len(self)} messages waiting, which is its limit.", hint="Try again in a moment."
            )
        self._messages.append(message)
        if self._readers:
            trio.lowlevel.reschedule(self._readers.pop(0))

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
        if self._messages:
            await trio.lowlevel.checkpoint()  # who always finds something must not starve the others
        while not self._messages:
            task = trio.lowlevel.current_task()
            self._readers.append(task)
            await trio.lowlevel.wait_task_rescheduled(partial(_leave, self._readers, task))
        return self.drain(limit)

    def drain(self, limit: Optional[int] = None) -> list[M]:
        """Take all messages that are there, or up to `limit` of them, without waiting."""
        taken = self._messages if limit is None else self._messages[:limit]
        self._messages = [] if limit is None else self._messages[limit:]
        return taken

    def close(self) -> None:
        """End it: later messages are refused, and each `ask` that waits gets `ActorStopped`."""
        self._closed = True
        for message in self.drain():
            fail_reply(message, ActorStopped(f"{self._name} has ended."))


def _leave(readers: list[trio.lowlevel.Task], task: trio.lowlevel.Task, _raise_cancel: object) -> trio.lowlevel.Abort:
    """Wait no longer, because of a cancel. The messages stay, for the next reader."""
    readers.remove(task)
    return trio.lowlevel.Abort.SUCCEEDED


def fail_reply(message: object, error: Exception) -> None:
    """Answer a message with an error, when it is one that waits for an answer."""
    reply = getattr(message, "reply", None)
    if isinstance(reply, Reply):
        reply.fail(error)
