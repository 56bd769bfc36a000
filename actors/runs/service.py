"""The runs of one kind on a server: accepting, resuming, cancelling and removing them."""

import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio

from actors.journal.base import Change, Committed, NewEvent, Record
from actors.journal.streams import Streams
from actors.runs.actor import NO_ROOM, run_to_end
from actors.runs.catalog import ACTIVE, Catalog
from actors.runs.messages import Cancel
from actors.runs.reporter import state_event
from actors.runs.states import State, Status
from actors.runs.work import RunContext
from actors.runtime.errors import ActorStopped, Busy, CallboardError, Conflict, StorageFailed, StorageFull
from actors.runtime.mailbox import Mailbox
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from actors.runtime.threads import in_thread
from actors.runtime.topic import END

logger = logging.getLogger(__name__)

_UNDO_TRIES = 5
_UNDO_PAUSE_S = 0.5

_AGAIN_TRIES = 30
_AGAIN_PAUSE_S = 0.05

_CANCEL_S = 2.0
"""What a cancel may take, in seconds, for the whole tree; the supervisor then goes on without it."""


class Runs(Catalog):
    """The service that a contract is made of.

    Args:
        context: What the runs share.
        streams: Where their topics are.
    """

    def __init__(self, context: RunContext, streams: Streams) -> None:
        super().__init__(context, streams)
        self._supervisor: Optional[Supervisor] = None
        self._accepting = 0
        self._writing = 0

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Resume what had not ended, then supervise all runs until cancelled."""
        # One that always crashes is given up after three attempts; the intensity is for what no run can explain.
        name, restarts = f"{self._context.kind}s", self._context.restarts
        async with open_supervisor(name, intensity=100, period=10.0, restarts=restarts) as supervisor:
            self._supervisor = supervisor
            try:
                resumed = await self._resume()
                if resumed:
                    logger.info("%d %ss go on from before", resumed, self._context.kind)
                task_status.started()
                await trio.sleep_forever()
            finally:
                self._supervisor = None
                with trio.move_on_after(_CANCEL_S + 3, shield=True):
                    await supervisor.stop_all()

    def check_room(self, *, begun: bool = False) -> None:
        """Refuse early what could not even wait, and what is new once the server drains: not what had `begun`.

        Raises:
            Busy: The queue is full, or the server is starting, draining or stopping.
        """
        if not begun:
            self._context.admission.check_open()
        self._context.admission.check_room(self._accepting)
        self._running()

    async def take(
        self,
        run_id: str,
        base: Mapping[str, Any],
        request: Mapping[str, Any],
        prepare: Optional[Callable[[Path], None]] = None,
        *,
        vacant: bool = False,
        begun: bool = False,
    ) -> Mapping[str, Any]:
        """Accept a run: when this returns, it is on disk and survives whatever happens to the server.

        Args:
            run_id: Its id, which is new.
            base: What never changes in its snapshot.
            request: What was asked for, as JSON.
            prepare: Makes its directory, given the path, and syncs it; blocks. None for one that begins without.
            vacant: Whether it is known that nobody has the id: somebody has looked, or nobody could choose it.
            begun: Whether it was let in already, and only what belongs to it had to come.

        Returns:
            Its snapshot.

        Raises:
            Busy: The queue, or the journal's, is full, or the server is draining.
            Conflict: The id is taken.
            StorageFull: The disk is full.
            StorageFailed: The disk does not work.
        """
        self.check_room(begun=begun)
        self._accepting += 1
        try:
            if not vacant:
                await self._check_vacant(run_id)
            return await self._take(run_id, partial(self._first, run_id, base, request), prepare)
        finally:
            self._accepting -= 1

    async def _check_vacant(self, run_id: str) -> None:
        # An id may be a client's own; what is removed when it cannot be taken must not be somebody else's.
        journal = self._context.journal
        if journal.names.may_be_taken(run_id) and await journal.get(run_id) is not None:
            raise Conflict(f"The id {run_id} is taken.", hint="Use another id.")

    async def _take(
        self,
        run_id: str,
        make: Callable[[], Change],
        prepare: Optional[Callable[[Path], None]],
    ) -> Mapping[str, Any]:
        kind = self._context.kind
        # From here on it is all or nothing: a client that leaves now must not leave half a run.
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 60) as scope:
            try:
                if prepare is not None:
                    await self._prepare(run_id, prepare)
                new = make()  # not before: its place is that of the moment when it is written
                committed = await self._write(new)
                await self._start(_recorded(new, committed))
            except BaseException:
                with trio.move_on_after(10, shield=True):
                    await self._undo(run_id)
                raise
        if scope.cancelled_caught:
            raise StorageFailed(f"The disk took too long to take the {kind}.", hint="Try again; see the log.")
        return committed.snapshot

    def _first(self, run_id: str, base: Mapping[str, Any], request: Mapping[str, Any]) -> Change:
        """A new run as it is written first, with its place behind those that wait and those that are being written."""
        status = Status().waiting(self._context.admission.queued + self._writing + 1)
        snapshot, events, kind = {**base, **status.as_json()}, (state_event(status),), self._context.kind
        return Change(run_id, status.state.value, 0, snapshot, events, kind=kind, request=request, create=True)

    async def _write(self, new: Change) -> Committed:
        self._streams.start(new.id, new.snapshot, 0)
        waits = new.state == State.QUEUED.value
        self._writing += waits
        try:
            return await self._context.journal.write(new)
        finally:
            self._writing -= waits

    async def _prepare(self, run_id: str, prepare: Callable[[Path], None]) -> None:
        kind = self._context.kind
        try:
            await in_thread(prepare, self.directory(run_id))
        except OSError as error:
            if error.errno in NO_ROOM:
                problem = f"The server's disk has no room for another {kind}."
                raise StorageFull(problem, hint="Free some space, then try again.") from error
            problem = f"The directory of the {kind} could not be made ({error.strerror or error})."
            raise StorageFailed(problem, hint="Tell the operator; see the server's log.") from error

    async def _undo(self, run_id: str) -> None:
        """Remove what is there of a run that is not accepted; the journal may have it, although it did not say so."""
        self._streams.remove(run_id)
        await in_thread(self._discard, run_id)
        for _ in range(_UNDO_TRIES):
            with suppress(CallboardError):
                await self._context.journal.remove(run_id)
                return
            with suppress(CallboardError):
                if await self._context.journal.get(run_id) is None:
                    return
            await trio.sleep(_UNDO_PAUSE_S)

    async def remove_expired(self, seen: Record) -> bool:
        """Remove a run that has ended, unless something has happened to it since.

        Args:
            seen: What the journal had of it when that was decided.

        Returns:
            Whether it was removed.
        """
        now = await self._context.journal.get(seen.id)
        if now is None or now.updated != seen.updated or now.state in ACTIVE:
            return False
        await self.remove(seen.id)
        return True

    def _discard(self, run_id: str) -> None:
        """Remove what is on disk of a run; blocks."""
        shutil.rmtree(self.directory(run_id), ignore_errors=True)

    async def _resume(self) -> int:
        """Start all runs that had not ended when the server did, in the order in which they were accepted."""
        records = await self.all(ACTIVE)
        for record in reversed(records):
            # Nothing runs now, whatever the journal says until the actor has written what became of the attempt.
            waits = {"state": State.QUEUED.value, "stage": "", "percent": 0.0, "remaining_s": None}
            self._streams.start(record.id, {**record.snapshot, **waits}, record.last_seq)
            try:
                await self._start(record)
            except (ValueError, KeyError, TypeError, CallboardError) as error:
                # One that this version cannot read, or open, must not keep all others from going on.
                logger.exception("%s cannot be resumed", record.id)
                why = error.problem if isinstance(error, CallboardError) else "Its record cannot be read."
                await self._give_up(record, why)
        return len(records)

    async def _give_up(self, record: Record, why: str) -> None:
        reason = f"{why} The server's log says more. {self._context.advice}"
        data = {"state": State.INTERRUPTED.value, "reason": reason, "result": None}
        events = (NewEvent("state", {**data, "attempt": record.attempt}), NewEvent(END, data))
        snapshot = {**record.snapshot, "state": State.INTERRUPTED.value, "reason": reason}
        change = Change(record.id, State.INTERRUPTED.value, record.attempt, snapshot, events=events)
        try:
            await self._context.journal.write(change)
            self._context.ended.add(change.state)
        except CallboardError as error:
            logger.error("that cannot be written either: %s", error.problem)  # noqa: TRY400 - said above

    async def cancel(self, run_id: str) -> bool:
        """Cancel a run, and wait until it has ended.

        Returns:
            False when it had ended already.

        Raises:
            NotFound: There is no such run.
            Conflict: It is about to start again, and does not.
            ActorStopped: It stopped before it could be cancelled, because the server does.
        """
        mailbox = await self._mailbox(run_id)
        if mailbox is None:
            return False
        await self._cancel(run_id, mailbox)
        return True

    async def _mailbox(self, run_id: str) -> Optional[Mailbox[Cancel]]:
        """The mailbox of a run's actor; between two lives, as after a crash, it has none for a moment."""
        for _ in range(_AGAIN_TRIES):
            mailbox = self._context.mailboxes.get(run_id)
            if mailbox is not None or (await self.record(run_id)).state not in ACTIVE:
                return mailbox
            await trio.sleep(_AGAIN_PAUSE_S)
        raise Conflict(f"{run_id} is about to start again.", hint="Try again in a moment.")

    async def _cancel(self, run_id: str, mailbox: Mailbox[Cancel]) -> None:
        stopped: Optional[ActorStopped] = None
        try:
            await mailbox.ask(Cancel)
        except ActorStopped as error:
            stopped = error
        # When it ended by itself at this moment, that is what was wanted, and no reason to remove it.
        if stopped is not None and (await self.record(run_id)).state in ACTIVE:
            raise stopped

    async def remove(self, run_id: str) -> None:
        """Forget a run, which must have ended, and its directory."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 60) as scope:
            await self._context.journal.remove(run_id)
            self._streams.remove(run_id)
            await in_thread(self._discard, run_id)
        if scope.cancelled_caught:
            raise StorageFailed(f"The disk took too long to remove {run_id}.", hint="Try again; see the server's log.")

    async def _start(self, record: Record) -> None:
        run = partial(run_to_end, self._context, record.id, iter([record]))
        await self._running().start(ChildSpec(record.id, run, Restart.TRANSIENT, stop_timeout=_CANCEL_S + 3))

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise Busy("The server is starting or stopping.", hint="Try again in a moment.")
        return self._supervisor


def _recorded(new: Change, committed: Committed) -> Record:
    """What the journal has of a run that it has just taken; its place in lists is not known, and nobody asks for it."""
    seq, shown = len(committed.entries), committed.snapshot
    request, created = new.request, shown["created"]
    return Record(new.id, new.kind, new.state, new.attempt, request, shown, created, shown["updated"], seq, 0)
