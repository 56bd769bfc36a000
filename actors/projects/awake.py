"""The actors of projects: woken when something is asked of one, kept while it is used, and ended with the project."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from actors.journal.base import Change, NewEvent, Record
from actors.journal.streams import Streams
from actors.projects import directories
from actors.projects.actor import ProjectActor, Shared
from actors.projects.base import KIND
from actors.projects.layout import Layout
from actors.projects.reporter import STOPPED
from actors.projects.work import ProjectWork
from actors.runs.service import Runs
from actors.runs.states import State, Status
from actors.runs.work import RunContext
from actors.runtime.admission import Admission
from actors.runtime.errors import Busy, NotFound, StorageFailed
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec
from actors.runtime.topic import END

_STOP_S = 5.0
_REMOVE_S = 120.0
_TRIES = 100
_PAUSE_S = 0.05


class Awake(Runs):
    """Projects, of which those have an actor that need one.

    Args:
        shared: What all projects share.
        streams: Where their topics are.
        admission: How many are generated at once.
    """

    def __init__(self, shared: Shared, streams: Streams, admission: Admission) -> None:
        def make(record: Record, status: Status) -> ProjectWork:
            del status
            return shared.actors[record.id].work()

        context = RunContext(KIND, shared.own, shared.journal, admission, make, advice="Send a message to go on.")
        super().__init__(context, streams)
        self._shared = shared
        self._waking = trio.Lock()

    @asynccontextmanager
    async def awake(self, project_id: str) -> AsyncIterator[ProjectActor]:
        """A project's actor, started where it does not live, and kept alive meanwhile."""
        await self.record(project_id)
        actor = self._shared.actors.get(project_id) or await self._woken(project_id)
        with actor.used():
            yield actor

    async def remove(self, run_id: str) -> None:
        """Forget a project, whose run must have ended, with its dev server, its files and its versions."""
        record = await self.record(run_id)
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _REMOVE_S) as scope:
            async with self._waking:
                await self._running().stop(run_id)
                end = NewEvent(END, {"state": record.state, "reason": "The project was removed.", "result": None})
                snapshot = {**record.snapshot, "reason": "The project was removed."}
                await self._shared.journal.write(Change(run_id, record.state, record.attempt, snapshot, (end,)))
                await self._shared.journal.remove(run_id)
                self._streams.remove(run_id)
            await trio.to_thread.run_sync(directories.remove, self._layout(run_id))
        if scope.cancelled_caught:
            raise StorageFailed(f"The disk took too long to remove {run_id}.", hint="See the server's log.")

    async def _start(self, run_id: str) -> None:
        """Start the actor of a project, unless it has nothing to do."""
        record = await self.record(run_id)
        if not State(record.state).final:
            await self._wake(run_id)

    async def _resume(self) -> int:
        """Begin all streams anew, since they go on until the project is removed, and start what had not ended."""
        for record in await self.ended():
            self._streams.start(record.id, {**record.snapshot, "preview": STOPPED}, record.last_seq)
        return await super()._resume()

    async def _woken(self, project_id: str) -> ProjectActor:
        for _ in range(_TRIES):
            async with self._waking:
                actor = self._shared.actors.get(project_id)
                if actor is not None:
                    return actor
                await self.record(project_id)
                if project_id not in self._running().children:
                    return await self._wake(project_id)
            # It ends, or starts again after a crash, at this moment.
            await trio.sleep(_PAUSE_S)
        raise Busy(f"{project_id} cannot be reached.", hint="Try again in a moment; see the server's log.")

    async def _wake(self, project_id: str) -> ProjectActor:
        async def run(*, task_status: "trio.TaskStatus[ProjectActor]" = trio.TASK_STATUS_IGNORED) -> None:
            record = await self._shared.journal.get(project_id)
            if record is None:
                raise NotFound(f"There is no project {project_id}.")
            await ProjectActor(self._shared, record).live(self._context, task_status=task_status)

        actor: ProjectActor = await self._running().start(
            ChildSpec(project_id, run, Restart.TRANSIENT, stop_timeout=_STOP_S)
        )
        return actor

    def _layout(self, project_id: str) -> Layout:
        return self._shared.layout(project_id)
