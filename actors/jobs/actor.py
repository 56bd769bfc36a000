"""A job as an actor: it waits for its turn, runs its engine, and always says how it ended.

The mailbox is read while the engine runs, so that a cancel is heard at once. The engine's failure is a result; any
other exception of an engine is a crash of that attempt, and the next attempt follows.
"""

import errno
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import trio

from actors.jobs import files
from actors.jobs.engines.base import Engine, EngineFailed, Job
from actors.jobs.engines.table import parse_parameters
from actors.jobs.reporter import Reporter
from actors.jobs.request import JobRequest
from actors.jobs.states import ATTEMPTS, State, Status
from actors.journal.base import Record
from actors.journal.journal import Journal
from actors.runtime.admission import Admission, Ticket
from actors.runtime.errors import ActorStopped, CallboardError, NotFound
from actors.runtime.mailbox import Mailbox, Reply
from actors.runtime.registry import Registry

logger = logging.getLogger(__name__)

_STOPPED = "The server stopped. It starts again when the server does."

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class Cancel:
    """A message: end the job; answered with its snapshot when it has ended."""

    reply: "Reply[None]"
    reason: str = "Cancelled on request."


@dataclass(frozen=True)
class JobContext:
    """What all jobs share.

    Attributes:
        root: The directory that holds one directory for each job.
        journal: Where their changes go.
        admission: How many run at once.
        engines: By name.
        default_engine: The name of the engine of requests that name none.
        mailboxes: Of the jobs that live.
        events_per_second: How often progress is written.
    """

    root: Path
    journal: Journal
    admission: Admission
    engines: dict[str, Engine]
    default_engine: str
    mailboxes: Registry[Cancel] = field(default_factory=Registry)
    events_per_second: float = 5.0

    def directory(self, job_id: str) -> Path:
        """The directory of a job."""
        return self.root / job_id


async def run_job(
    context: JobContext, job_id: str, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED
) -> None:
    """Run a job to its end, from wherever the journal says that it is.

    Raises:
        NotFound: The journal does not know it.
    """
    record = await context.journal.get(job_id)
    if record is None:
        raise NotFound(f"There is no job {job_id}.")
    status = Status.from_json(record.snapshot)
    if status.state.final:
        task_status.started()
        return
    await _JobActor(context, record, status).run(task_status)


class _JobActor:
    """One life of a job's actor."""

    def __init__(self, context: JobContext, record: Record, status: Status) -> None:
        self._context = context
        self._id = record.id
        self._directory = context.directory(record.id)
        self._request = JobRequest.from_json(record.request, self._directory)
        base = self._request.base(record.id, record.created)
        self._reporter = Reporter(context.journal, base, status, per_second=context.events_per_second)
        self._mailbox: Mailbox[Cancel] = Mailbox(record.id, 64)
        self._work_scope = trio.CancelScope()
        self._cancels: list[Cancel] = []

    async def run(self, task_status: "trio.TaskStatus[None]") -> None:
        """Live until the job has ended, or the server stops."""
        with self._context.mailboxes.registered(self._id, self._mailbox):
            ticket = self._context.admission.join(self._id)
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
                nursery.start_soon(self._reporter.run)
                await self._work(ticket)
            nursery.cancel_scope.cancel()
        for cancel in self._cancels:
            cancel.reply.set(None)

    async def _say_crashed(self) -> None:
        """Keep the journal true until the supervisor has restarted this actor, which has a bug.

        The crash counts, so that a job that always crashes is given up and does not take the server with it.
        """
        if not self._reporter.status.state.final:
            await trio.to_thread.run_sync(files.remove_attempts, self._directory)
            await self._reporter.change(self._after_crash("its actor crashed") or self._reporter.status)

    async def _receive(self) -> None:
        while True:
            self._cancels.extend(await self._mailbox.receive())
            self._work_scope.cancel()

    async def _work(self, ticket: Ticket) -> None:
        final: Optional[Status] = None
        try:
            with self._work_scope:
                final = await self._wait_and_run(ticket)
            if final is None:
                final = self._reporter.status.ended(State.CANCELLED, self._cancels[0].reason)
            await trio.to_thread.run_sync(files.remove_attempts, self._directory)
            await self._reporter.change(final)
        except BaseException as error:
            # The server stops: a plain `Cancelled`, or a group of them when the engine has a nursery.
            if not isinstance(error, Exception):
                with trio.move_on_after(2, shield=True):
                    await self._put_back()
            raise
        level = logging.INFO if final.state in (State.SUCCEEDED, State.CANCELLED) else logging.ERROR
        logger.log(level, "%s %s", final.state.value, final.reason)

    async def _wait_and_run(self, ticket: Ticket) -> Status:
        async with self._context.admission.hold(self._id, ticket, self._reporter.waiting):
            final = None
            while final is None:
                final = await self._attempt()
            return final

    async def _account_for_dead(self) -> bool:
        """Say the truth of an attempt that a dead server, or a crash of this actor, has left behind as running.

        Returns:
            True when it was the last attempt: the job has ended.
        """
        if self._reporter.status.state is not State.RUNNING:
            return False
        final = self._after_crash("the server ended while it ran")
        await trio.to_thread.run_sync(files.remove_attempts, self._directory)
        await self._reporter.change(final or self._reporter.status)
        return final is not None

    async def _attempt(self) -> Optional[Status]:
        """Run the engine once; None when it is to be tried again."""
        status = self._reporter.status
        reason = "" if status.reason == _STOPPED else status.reason
        await self._reporter.change(status.started(reason), start=True)
        logger.info("attempt %d runs %s", self._reporter.status.attempt, self._request.engine)
        try:
            result = await self._run_engine()
        except EngineFailed as error:
            return self._reporter.status.ended(State.FAILED, _sentence(error), {"code": error.code})
        except CallboardError as error:
            return self._reporter.status.ended(State.FAILED, _sentence(error))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                reason = "There is no room on the disk for the engine's files. Free some space, then upload it again."
                return self._reporter.status.ended(State.FAILED, reason)
            logger.exception("attempt %d crashed", self._reporter.status.attempt)
            return self._after_crash(f"it crashed ({type(error).__name__})")
        return self._reporter.status.ended(State.SUCCEEDED, "", result)

    def _after_crash(self, what: str) -> Optional[Status]:
        status = self._reporter.status.crashed()
        if status.crashes >= ATTEMPTS:
            reason = f"Given up after {status.crashes} attempts: {what}. The server's log says more; upload it again."
            return status.ended(State.INTERRUPTED, reason)
        self._reporter.status = status.waiting(0, f"Attempt {status.attempt} ended early: {what}. Trying again.")
        return None

    async def _run_engine(self) -> dict[str, Any]:
        engine = self._context.engines.get(self._request.engine)
        if engine is None:
            raise EngineFailed(
                f"This server has no engine {self._request.engine} any more.",
                code="no_such_engine",
                hint="Use another.",
            )
        parameters = parse_parameters(engine, self._request.parameters)
        attempt = self._reporter.status.attempt
        workdir = await trio.to_thread.run_sync(files.fresh_attempt, self._directory, attempt)
        job = Job(self._id, self._request.images, parameters, workdir, attempt)
        output = await engine.run(job, self._reporter.report)
        await trio.to_thread.run_sync(files.publish_model, output.model, self._directory)
        return dict(output.metadata)

    async def _put_back(self) -> None:
        """Say that the job goes on at the next start: the server stops now, which is nobody's fault."""
        status = self._reporter.status
        if status.state.final or State.RUNNING not in (status.state, self._reporter.recorded):
            return
        await self._reporter.change(status.waiting(0, _STOPPED))


def _sentence(error: CallboardError) -> str:
    return f"{error.problem} {error.hint}".strip()
