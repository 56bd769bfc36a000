"""A run as an actor: it waits for its turn, does its work, and always says how it ended.

The mailbox is read while it works, so that a cancel is heard at once. Work that cannot be done is a result; any other
exception of it is a crash of that attempt, and the next attempt follows.
"""

import errno
import logging
from collections.abc import Iterator
from functools import partial
from typing import Optional

import trio

from actors.journal.base import Record
from actors.runs.messages import Cancel
from actors.runs.states import ATTEMPTS, State, Status
from actors.runs.work import RunContext, RunFailed, RunInterrupted, RunPaused
from actors.runtime.admission import Ticket
from actors.runtime.errors import ActorStopped, CallboardError, NotFound
from actors.runtime.mailbox import Mailbox
from actors.runtime.text import encodable
from actors.runtime.threads import in_thread
from actors.runtime.tracing import open_span

logger = logging.getLogger(__name__)

_STOPPED = "The server stopped. It starts again when the server does."

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What a disk says that is full."""

_AFTER_CANCEL_S = 1.0
"""What may be seen to elsewhere before a cancel is answered, in seconds."""


async def run_to_end(
    context: RunContext,
    run_id: str,
    first: Optional[Iterator[Record]] = None,
    *,
    attended: bool = False,
    task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED,
) -> None:
    """Take a run to its end, from wherever the journal says that it is.

    Args:
        context: What the runs of its kind share.
        run_id: Its id.
        first: What the journal has of it, where that is known, for its first life; another one reads it anew.
        attended: Whether somebody else runs its reporter, before and after it.
        task_status: Told when the run has its place in the queue.

    Raises:
        NotFound: The journal does not know it.
    """
    record = None if first is None else next(first, None)
    if record is None:
        record = await context.journal.get(run_id)
    if record is None:
        raise NotFound(f"There is no {context.kind} {run_id}.")
    status = Status.from_json(record.snapshot)
    if status.state.final:
        task_status.started()
        return
    with open_span(context.kind, {"callboard.id": run_id}, linked=True) as span:
        actor = _RunActor(context, record, status, attended=attended)
        try:
            await actor.run(task_status)
        finally:
            span.say({"callboard.state": actor.state})


class _RunActor:
    """One life of a run's actor."""

    def __init__(self, context: RunContext, record: Record, status: Status, *, attended: bool) -> None:
        self._context = context
        self._attended = attended
        self._id = record.id
        self._work = context.make(record, status)
        self._reporter = self._work.reporter
        self._mailbox: Mailbox[Cancel] = Mailbox(record.id, 64)
        self._work_scope = trio.CancelScope()
        self._cancels: list[Cancel] = []

    @property
    def state(self) -> str:
        """The state that was last written."""
        return self._reporter.recorded.value

    async def run(self, task_status: "trio.TaskStatus[None]") -> None:
        """Live until the run has ended, or the server stops."""
        with self._context.mailboxes.registered(self._id, self._mailbox):
            ticket = self._context.admission.join(self._id, self._work.group)
            try:
                await self._live(ticket, task_status)
            except Exception:
                with trio.move_on_after(2, shield=True):
                    await self._say_crashed()
                raise
            finally:
                self._context.admission.leave(self._id, ticket)
                for cancel in self._cancels:
                    cancel.reply.fail(ActorStopped(f"{self._id} stopped before it was cancelled.", hint="Try again."))

    async def _live(self, ticket: Ticket, task_status: "trio.TaskStatus[None]") -> None:
        # Before anything is written: a disk that is full now must not keep the whole server from starting.
        task_status.started()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._receive)
            if not await self._account_for_dead():
                if not self._attended:
                    nursery.start_soon(self._reporter.run)
                await self._take_turn(ticket)
            nursery.cancel_scope.cancel()
        for cancel in self._cancels:
            cancel.reply.set(None)

    async def _say_crashed(self) -> None:
        """Keep the journal true until the supervisor has restarted this actor, which has a bug.

        The crash counts, so that a run that always crashes is given up and does not take the server with it.
        """
        if not self._reporter.status.state.final:
            after = self._after_crash("its actor crashed")
            await self._discard(final=after is not None)
            await self._change(after or self._reporter.status)

    async def _receive(self) -> None:
        while True:
            self._cancels.extend(await self._mailbox.receive())
            self._work_scope.cancel()

    async def _take_turn(self, ticket: Ticket) -> None:
        final: Optional[Status] = None
        try:
            with self._work_scope:
                final = await self._wait_and_run(ticket)
            if final is None:
                with trio.move_on_after(_AFTER_CANCEL_S):
                    await self._work.cancelled()
                final = self._reporter.status.ended(State.CANCELLED, self._cancels[0].reason)
            await self._discard(final=True)
            await self._change(final)
        except BaseException as error:
            # The server stops: a plain `Cancelled`, or a group of them when the engine has a nursery.
            if not isinstance(error, Exception):
                with trio.move_on_after(2, shield=True):
                    await self._put_back()
            raise
        level = logging.ERROR if final.state in (State.FAILED, State.INTERRUPTED) else logging.INFO
        logger.log(level, "%s %s", final.state.value, final.reason)

    async def _wait_and_run(self, ticket: Ticket) -> Status:
        # The slot is left when this actor ends: what a cancel still sees to must not meet the next run.
        told = self._reporter.status.queue_position
        with open_span("wait"):
            await self._context.admission.wait(ticket, self._reporter.waiting, told=told)
        final = None
        while final is None:
            with open_span("attempt", {"callboard.attempt": self._reporter.status.attempt + 1}):
                final = await self._attempt()
        return final

    async def _account_for_dead(self) -> bool:
        """Say the truth of an attempt that a dead server, or a crash of this actor, has left behind as running.

        Returns:
            True when it was the last attempt: the run has ended.
        """
        if self._reporter.status.state is not State.RUNNING:
            return False
        final = self._after_crash("the server ended while it ran")
        await self._discard(final=final is not None)
        await self._change(final or self._reporter.status)
        return final is not None

    async def _attempt(self) -> Optional[Status]:
        """Do the work once; None when it is to be tried again."""
        status = self._reporter.status
        reason = "" if status.reason == _STOPPED else status.reason
        await self._reporter.change(status.started(reason), start=True)
        logger.info("attempt %d starts", self._reporter.status.attempt)
        try:
            result = await self._work.run()
        except RunFailed as error:
            return self._reporter.status.ended(State.FAILED, _sentence(error), {"code": error.code})
        except RunPaused as error:
            return self._reporter.status.ended(State.PAUSED, _sentence(error), {"code": error.code})
        except RunInterrupted as error:
            return self._reporter.status.ended(State.INTERRUPTED, _sentence(error))
        except CallboardError as error:
            return self._reporter.status.ended(State.FAILED, _sentence(error))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                reason = f"There is no room on the disk for its files. Free some space. {self._context.advice}"
                return self._reporter.status.ended(State.FAILED, reason)
            logger.exception("attempt %d crashed", self._reporter.status.attempt)
            return self._after_crash(f"it crashed ({type(error).__name__})")
        return self._reporter.status.ended(State.SUCCEEDED, "", result)

    async def _change(self, status: Status) -> None:
        """Write a new state, and count it where it is the last one."""
        await self._reporter.change(status)
        if status.state.final:
            self._context.ended.add(status.state.value)

    async def _discard(self, *, final: bool) -> None:
        await in_thread(partial(self._work.discard, final=final))

    def _after_crash(self, what: str) -> Optional[Status]:
        status = self._reporter.status.crashed()
        if status.crashes >= ATTEMPTS:
            reason = (
                f"Given up after {status.crashes} attempts: {what}. The server's log says more. {self._context.advice}"
            )
            return status.ended(State.INTERRUPTED, reason)
        self._reporter.status = status.waiting(0, f"Attempt {status.attempt} ended early: {what}. Trying again.")
        return None

    async def _put_back(self) -> None:
        """Say that the run goes on at the next start: the server stops now, which is nobody's fault."""
        status = self._reporter.status
        if status.state.final or State.RUNNING not in (status.state, self._reporter.recorded):
            return
        await self._reporter.change(status.waiting(0, _STOPPED))


def _sentence(error: CallboardError) -> str:
    stop = "" if error.problem.endswith((".", "!", "?")) else "."
    return encodable(f"{error.problem}{stop} {error.hint}".strip())
