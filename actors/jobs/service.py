"""The jobs of a server: accepting, resuming, cancelling, removing and listing them."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio

from actors.jobs import files
from actors.jobs.actor import Cancel, JobContext, run_job
from actors.jobs.engines.base import Engine
from actors.jobs.engines.table import choose_engine, parse_parameters
from actors.jobs.request import KIND, MODEL, JobRequest, Submission, new_id
from actors.jobs.states import State, Status
from actors.journal.base import Change, NewEvent, Record
from actors.journal.streams import Streams
from actors.runtime.errors import ActorStopped, Busy, CallboardError, Conflict, NotFound, StorageFailed
from actors.runtime.mailbox import Mailbox
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from actors.runtime.topic import END

logger = logging.getLogger(__name__)

_UNDO_TRIES = 5
_UNDO_PAUSE_S = 0.5

ACTIVE = tuple(state.value for state in State if not state.final)
FINAL = tuple(state.value for state in State if state.final)

_CANCEL_S = 2.0
"""What a cancel may take, in seconds, for the whole tree; the supervisor then goes on without it."""


class Jobs:
    """The service that the contract is made of.

    Args:
        context: What the jobs share.
        streams: Where their topics are.
    """

    def __init__(self, context: JobContext, streams: Streams) -> None:
        self._context = context
        self._streams = streams
        self._supervisor: Optional[Supervisor] = None
        self._accepting = 0

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Resume what had not ended, then supervise all jobs until cancelled."""
        # A job that always crashes is given up after three attempts; the intensity is for what no job can explain.
        async with open_supervisor("jobs", intensity=100, period=10.0) as supervisor:
            self._supervisor = supervisor
            try:
                resumed = await self._resume()
                if resumed:
                    logger.info("%d jobs go on from before", resumed)
                task_status.started()
                await trio.sleep_forever()
            finally:
                self._supervisor = None
                with trio.move_on_after(_CANCEL_S + 3, shield=True):
                    await _stop_all(supervisor)

    @property
    def engines(self) -> Mapping[str, Engine]:
        """The engines, by name."""
        return self._context.engines

    @property
    def default_engine(self) -> str:
        """The name of the engine of requests that name none."""
        return self._context.default_engine

    def check(self, engine_name: Optional[str], parameters: Mapping[str, object]) -> JobRequest:
        """Check what can be checked before the photos are there.

        Returns:
            The request, without photos.

        Raises:
            InvalidInput: There is no such engine, it cannot run here, or a parameter is wrong.
            Busy: The queue is full.
        """
        engine = choose_engine(self.engines, engine_name or self._context.default_engine)
        parsed = parse_parameters(engine, parameters)
        self._context.admission.check_room(self._accepting)
        self._running()
        return JobRequest(engine.name, parsed.dict(), ())

    async def accept(self, submission: Submission) -> Mapping[str, Any]:
        """Accept a job: when this returns, it is on disk and survives whatever happens to the server.

        Returns:
            Its snapshot.

        Raises:
            InvalidInput: As `check`.
            Busy: The queue, or the journal's, is full.
            StorageFull: The disk is full.
        """
        checked = self.check(submission.engine, submission.parameters)
        self._accepting += 1
        try:
            return await self._take(JobRequest(checked.engine, checked.parameters, submission.images), submission)
        finally:
            self._accepting -= 1

    async def _take(self, request: JobRequest, submission: Submission) -> Mapping[str, Any]:
        job_id = new_id()
        directory = self._context.directory(job_id)
        status = Status().waiting(self._context.admission.queued + 1)
        first = NewEvent("state", {"state": status.state.value, "attempt": 0, "reason": ""})
        # From here on it is all or nothing: a client that leaves now must not leave half a job.
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 60) as scope:
            try:
                await trio.to_thread.run_sync(files.take_upload, submission.directory, directory)
                snapshot = {**request.base(job_id, ""), **status.as_json()}
                self._streams.start(job_id, snapshot, 0)
                change = Change(
                    job_id, status.state.value, 0, snapshot, (first,), kind=KIND, request=request.as_json(), create=True
                )
                committed = await self._context.journal.write(change)
                await self._start(job_id)
            except BaseException:
                with trio.move_on_after(10, shield=True):
                    await self._undo(job_id)
                raise
        if scope.cancelled_caught:
            raise StorageFailed("The disk took too long to take the job.", hint="Try again; see the server's log.")
        logger.info("%s accepted: %d photos, %d bytes, %s", job_id, len(request.images), request.size, request.engine)
        return committed.snapshot

    async def _undo(self, job_id: str) -> None:
        """Remove what is there of a job that is not accepted; the journal may have it, although it did not say so."""
        self._streams.remove(job_id)
        directory = self._context.directory(job_id)
        await trio.to_thread.run_sync(partial(shutil.rmtree, directory, ignore_errors=True))
        for _ in range(_UNDO_TRIES):
            with suppress(CallboardError):
                await self._context.journal.remove(job_id)
                return
            with suppress(CallboardError):
                if await self._context.journal.get(job_id) is None:
                    return
            await trio.sleep(_UNDO_PAUSE_S)

    def directory(self, job_id: str) -> Path:
        """The directory of a job."""
        return self._context.directory(job_id)

    async def _resume(self) -> int:
        """Start all jobs that had not ended when the server did, in the order in which they were accepted."""
        records = await self._all(ACTIVE)
        for record in reversed(records):
            # Nothing runs now, whatever the journal says until the actor has written what became of the attempt.
            waits = {"state": State.QUEUED.value, "stage": "", "percent": 0.0, "remaining_s": None}
            self._streams.start(record.id, {**record.snapshot, **waits}, record.last_seq)
            try:
                await self._start(record.id)
            except (ValueError, KeyError, TypeError):
                # One record that this version cannot read must not keep all others from going on.
                logger.exception("%s cannot be resumed", record.id)
                await self._give_up(record)
        return len(records)

    async def _give_up(self, record: Record) -> None:
        reason = "Its record cannot be read. The server's log says more; upload it again."
        data = {"state": State.INTERRUPTED.value, "reason": reason, "result": None}
        events = (NewEvent("state", {**data, "attempt": record.attempt}), NewEvent(END, data))
        snapshot = {**record.snapshot, "state": State.INTERRUPTED.value, "reason": reason}
        change = Change(record.id, State.INTERRUPTED.value, record.attempt, snapshot, events=events)
        try:
            await self._context.journal.write(change)
        except CallboardError as error:
            logger.error("that cannot be written either: %s", error.problem)  # noqa: TRY400 - said above

    async def status(self, job_id: str) -> Mapping[str, Any]:
        """The job's snapshot. A job that lives is not asked: what it published last is what is true.

        Raises:
            NotFound: There is no such job.
        """
        return self._live(job_id) or self._snapshot(await self._record(job_id))

    async def page(
        self, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> list[tuple[int, Mapping[str, Any]]]:
        """List jobs, the newest first, each with the position that the next page continues from."""
        records = await self._context.journal.records(KIND, states=states, before=before, limit=limit)
        return [(record.position, self._snapshot(record)) for record in records]

    async def model(self, job_id: str) -> Path:
        """The model's file.

        Raises:
            NotFound: There is no such job.
            Conflict: There is no model (yet).
        """
        status = await self.status(job_id)
        if status["state"] != State.SUCCEEDED.value:
            hint = "Wait for its end: follow /ws/ or /events/." if status["state"] in ACTIVE else "Upload it again."
            raise Conflict(f"{job_id} is {status['state']}: there is no model.", hint=hint)
        return self._context.directory(job_id) / MODEL

    async def cancel(self, job_id: str) -> bool:
        """Cancel a job, and wait until it has ended.

        Returns:
            False when it had ended already.

        Raises:
            NotFound: There is no such job.
            ActorStopped: It stopped before it could be cancelled, because the server does.
        """
        mailbox = self._context.mailboxes.get(job_id)
        if mailbox is not None:
            await self._cancel(job_id, mailbox)
            return True
        record = await self._record(job_id)
        if record.state in ACTIVE:
            raise Conflict(f"{job_id} is about to start again.", hint="Try again in a moment.")
        return False

    async def _cancel(self, job_id: str, mailbox: Mailbox[Cancel]) -> None:
        stopped: Optional[ActorStopped] = None
        try:
            await mailbox.ask(Cancel)
        except ActorStopped as error:
            stopped = error
        # When it ended by itself at this moment, that is what was wanted, and no reason to remove it.
        if stopped is not None and (await self._record(job_id)).state in ACTIVE:
            raise stopped

    async def remove(self, job_id: str) -> None:
        """Forget a job, which must have ended, and its directory."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 60) as scope:
            await self._context.journal.remove(job_id)
            self._streams.remove(job_id)
            directory = self._context.directory(job_id)
            await trio.to_thread.run_sync(partial(shutil.rmtree, directory, ignore_errors=True))
        if scope.cancelled_caught:
            raise StorageFailed(f"The disk took too long to remove {job_id}.", hint="Try again; see the server's log.")

    async def ended(self) -> list[Record]:
        """All jobs that have ended, the newest first."""
        return await self._all(FINAL)

    async def ids(self) -> list[str]:
        """The ids of all jobs."""
        return [record.id for record in await self._all(())]

    async def _all(self, states: Sequence[str]) -> list[Record]:
        records: list[Record] = []
        before: Optional[int] = None
        while True:
            page = await self._context.journal.records(KIND, states=states, before=before, limit=500)
            records.extend(page)
            if not page:
                return records
            before = page[-1].position

    async def _start(self, job_id: str) -> None:
        run = partial(run_job, self._context, job_id)
        await self._running().start(ChildSpec(job_id, run, Restart.TRANSIENT, stop_timeout=_CANCEL_S + 3))

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise Busy("The server is starting or stopping.", hint="Try again in a moment.")
        return self._supervisor

    async def _record(self, job_id: str) -> Record:
        record = await self._context.journal.get(job_id)
        if record is None or record.kind != KIND:
            raise NotFound(f"There is no job {job_id}.", hint="GET /jobs lists those that there are.")
        return record

    def _snapshot(self, record: Record) -> Mapping[str, Any]:
        known = {"id": record.id, "kind": record.kind, "created": record.created}
        return {**known, **Status().as_json(), **record.snapshot, **self._live(record.id)}

    def _live(self, job_id: str) -> Mapping[str, Any]:
        """The snapshot of a job that lives, with its place in the queue as it is now; empty when it does not live."""
        live = self._streams.snapshot(job_id)
        return {**live, "queue_position": self._context.admission.position(job_id)} if live else {}


async def _stop_all(supervisor: Supervisor) -> None:
    """Stop all jobs at once: one after the other, each with its processes to end, would outlast the journal."""
    async with trio.open_nursery() as nursery:
        for name in supervisor.children:
            nursery.start_soon(supervisor.stop, name)
