"""The journal as an actor: one writer, group commit, and what to do once something is on disk.

While one batch is being synced to disk, the next one gathers in the mailbox: the more there is to write, the more goes
into one commit. What was committed is handed to `on_commit` in the order of the commit, before whoever asked is
answered, so that nobody sees anything that a power loss could take back.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Optional, TypeVar, Union, cast

import trio

from actors.journal import sqlite
from actors.journal.base import Change, Committed, Message, Remove, Settle, Settled, Settlement, Write
from actors.journal.batch import Kept
from actors.journal.figures import JournalFigures
from actors.journal.names import Names
from actors.journal.place import Place
from actors.journal.reading import Reading
from actors.journal.trouble import JournalDamaged
from actors.runtime.errors import ActorStopped, CallboardError
from actors.runtime.mailbox import Mailbox, Reply, fail_reply
from actors.runtime.threads import in_thread
from actors.runtime.worker import Worker

logger = logging.getLogger(__name__)

T = TypeVar("T")

_BATCH = 512
"""Messages in one commit, so that one transaction stays short."""

_PROBE_S = 5.0
"""Seconds between two tries to write, while that does not work and nobody else tries."""


def _ignore(*_news: object) -> None:
    """Do nothing with what was committed, or removed."""


class Journal(Reading):
    """Writes and reads what is on disk. `run` is its body; the object outlives a restart of it.

    Args:
        path: The file, or `sqlite.MEMORY` for one that is gone with the process.
        capacity: Writes that may wait; one more is refused with `MailboxFull`.

    Attributes:
        trouble: Why the last write failed, or that none can be made; empty when all is well.
        damage: What was found out about a file that is damaged; from then on nothing is written to it.
        names: Which ids it has.
        written: How many batches were written; grows with whatever changes the file.
        figures: What it has done since it was made.
        on_commit: Called with each change that was committed.
        on_outgoing: Called after each commit that changed how many outgoing messages of an actor wait, with its id and
            that number, in the order of the commits and before whoever asked is answered.
        on_remove: Called with the id of each actor that was removed, at the same moment.
    """

    def __init__(self, path: Union[Path, str], *, capacity: int = 8192) -> None:
        # A connection is used by one thread at a time. Reads have one of their own, so that they never wait for a
        # sync; in memory there is only one, because a second one would be another, empty journal.
        self._limiter = trio.CapacityLimiter(1)
        super().__init__(path, self._limiter if path == sqlite.MEMORY else trio.CapacityLimiter(1))
        self._mailbox: Mailbox[Message] = Mailbox("The journal", capacity)
        self._connection: Optional[sqlite3.Connection] = None
        self._worker: Optional[Worker] = None  # the writer's thread, while a file is open
        self._known: dict[str, Kept] = {}  # of that thread
        self.names = Names()
        self.written = 0
        self.figures = JournalFigures()
        self.on_commit: Callable[[Committed], None] = _ignore
        self.on_outgoing: Callable[[str, int], None] = _ignore
        self.on_remove: Callable[[str], None] = _ignore

    async def run(self, *, task_status: "trio.TaskStatus[Journal]" = trio.TASK_STATUS_IGNORED) -> None:
        """Open the file, then write what comes until cancelled."""
        self._connection = self._reader = await self._in_thread(sqlite.connect, self._path)
        place = None if self._path == sqlite.MEMORY else Place(Path(self._path))
        try:
            if place is not None:
                self._reader = await self._in_thread(sqlite.connect_reader, self._path)
                await self._in_thread(place.mark)
                self._worker = await Worker.start("journal")
            self.trouble, self.damage = "", None
            self._known.clear()
            with suppress(CallboardError):  # then it is asked for each
                self.names.fill(await self._read(sqlite.read_ids, self.names.limit + 1))
            task_status.started(self)
            while True:
                await self._work()
        finally:
            self.trouble = "It is not open."
            self.names.forget()
            _fail(self._mailbox.drain())
            connection, reader, self._connection, self._reader = self._connection, self._reader, None, None
            if self._worker is not None:
                self._worker.close()
                self._worker = None
            with trio.move_on_after(5, shield=True):
                # In its turn, since closing it under a thread that reads would be the end of the process.
                await in_thread(reader.close, limiter=self._read_limiter)
                if place is not None:
                    await self._in_thread(place.unmark)
                await self._in_thread(connection.close)

    async def write(self, change: Change) -> Committed:
        """Write a change; when this returns it is on disk.

        Raises:
            Conflict: The id of a new actor is taken.
            NotFound: The actor was removed.
            StorageFull: The disk is full; nothing was written.
            StorageFailed: Nothing was written.
            MailboxFull: Too many writes wait.
            ActorStopped: The journal ended; it is not known whether this was written.
        """
        reply: Reply[Committed] = Reply()
        self._tell(Write(change, reply))
        return await reply.wait()

    async def remove(self, actor_id: str) -> None:
        """Forget an actor with its events and its outgoing messages."""
        reply: Reply[None] = Reply()
        self._tell(Remove(actor_id, reply))
        await reply.wait()

    async def settle(self, actor_id: str, number: int, outcome: Settlement) -> None:
        """Write that an outgoing message needs no more delivery; a second time changes nothing.

        Raises:
            CallboardError: As for `write`. Nothing was written, or with `ActorStopped` nobody knows.
        """
        reply: Reply[None] = Reply()
        self._tell(Settle(actor_id, number, outcome, reply))
        await reply.wait()

    def _tell(self, message: Message) -> None:
        sqlite.opened(self._connection)  # nobody would answer
        self._mailbox.tell(message)

    async def _work(self) -> None:
        """Write what comes; while there is trouble, find out now and then whether it has passed."""
        batch: Sequence[Message] = ()
        with trio.move_on_after(_PROBE_S) if self.trouble else nullcontext():
            batch = await self._mailbox.receive(_BATCH)
        if batch:
            await self._commit(batch)
        else:
            await self._probe()

    async def _probe(self) -> None:
        """Write nothing of importance, so that what was said of a trouble that has passed is not said for ever."""
        if self.damage is None:
            try:
                await self._in_thread(sqlite.probe, sqlite.opened(self._connection))
            except CallboardError as error:
                self._note(error)
            else:
                self.trouble = ""

    async def _commit(self, batch: Sequence[Message]) -> None:
        try:
            outcomes = await self._write_batch(batch)
            for message, outcome in zip(batch, outcomes):
                self._answer(message, outcome)
        except BaseException:
            _fail(batch)  # those that have no answer yet; to the others it does nothing
            raise

    async def _write_batch(self, batch: Sequence[Message]) -> Sequence[sqlite.Outcome]:
        if self.damage is not None:
            return [self.damage] * len(batch)
        try:
            with self.figures.writing(len(batch)):
                outcomes = await self._in_thread(
                    sqlite.write_batch, sqlite.opened(self._connection), batch, self._known
                )
        except CallboardError as error:
            logger.error("the journal could not write %d changes: %s", len(batch), error.problem)  # noqa: TRY400 - no bug
            self._note(error)
            return [self.damage or error] * len(batch)
        self.trouble = ""
        self.written += 1
        return outcomes

    def _note(self, error: CallboardError) -> None:
        """Remember what is wrong."""
        self.trouble = error.problem
        if isinstance(error, JournalDamaged):
            self.declare_damaged(error.found)

    def _answer(self, message: Message, outcome: sqlite.Outcome) -> None:
        if isinstance(outcome, Committed):
            change = cast("Write", message).change
            if change.create:
                self.names.add(outcome.id)
            self.figures.events.add(len(outcome.entries))
            self.on_commit(outcome)
            if change.removes:
                self._forget(outcome.id)
            if outcome.waiting is not None:
                self.on_outgoing(outcome.id, outcome.waiting)
            cast("Reply[Committed]", message.reply).set(outcome)
        elif isinstance(outcome, Settled):
            if isinstance(message, Remove):
                self._forget(outcome.id)
            self.on_outgoing(outcome.id, outcome.waiting)
            cast("Reply[None]", message.reply).set(None)
        else:
            fail_reply(message, outcome)

    def _forget(self, actor_id: str) -> None:
        self.names.drop(actor_id)
        self.on_remove(actor_id)

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        # Shielded by trio (a thread cannot be cancelled), and bounded by SQLite's own time-out, as the wait for one is.
        if self._worker is None:
            return await in_thread(function, *args, limiter=self._limiter)
        return await self._worker.call(function, *args)


def _fail(messages: Sequence[Message]) -> None:
    for message in messages:
        fail_reply(message, ActorStopped("The journal ended before it answered."))
