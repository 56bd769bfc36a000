"""The actors of projects: woken when something is asked of one, kept while it is used, and ended with the project."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio

from actors.journal.base import Change, NewEvent, Record
from actors.journal.streams import Streams
from actors.projects import directories
from actors.projects.actor import ProjectActor
from actors.projects.base import KIND
from actors.projects.layout import Layout
from actors.projects.reporter import STOPPED
from actors.projects.shared import Shared
from actors.projects.work import ProjectWork
from actors.runs.service import Runs
from actors.runs.states import State, Status
from actors.runs.work import RunContext
from actors.runtime.admission import Admission
from actors.runtime.errors import Busy, NotFound, StorageFailed
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec
from actors.runtime.topic import END

logger = logging.getLogger(__name__)

_REMOVED = "The project was removed."
_AGAIN_S = (0.5, 2.0)
"""Seconds before a project's actor that crashed lives again."""

_STOP_S = 8.0
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

        advice = "Continue it, or send a message."
        context = RunContext(KIND, shared.own, shared.journal, admission, make, advice=advice)
        super().__init__(context, streams)
        self._shared = shared
        self._waking = trio.Lock()
        self._removing: set[str] = set()

    @asynccontextmanager
    async def awake(self, project_id: str) -> AsyncIterator[ProjectActor]:
        """A project's actor, started where it does not live, and kept alive meanwhile."""
        await self.record(project_id)
        actor = self._shared.actors.get(project_id) or await self._woken(project_id)
        with actor.used():
            yield actor

    async def record(self, run_id: str) -> Record:
        """What the journal has of a project.

        Raises:
            NotFound: There is no such project, or it is being removed.
        """
        if run_id in self._removing:
            raise NotFound(f"{run_id} is being removed.")
        return await super().record(run_id)

    async def remove(self, run_id: str) -> None:
        """Forget a project, whose run must have ended, with its dev server, its files and its versions."""
        record = await self.record(run_id)
        self._removing.add(run_id)
        try:
            await self._remove(record)
        finally:
            self._removing.discard(run_id)

    async def remove_expired(self, seen: Record) -> bool:
        """Remove a project that has expired, unless it is used, or something has happened to it since."""
        if seen.id in self._removing:
            return False
        # From here on nobody can begin to use it.
        self._removing.add(seen.id)
        try:
            now = await self._shared.journal.get(seen.id)
            gone_on = now is None or now.updated != seen.updated or not State(now.state).final
            if gone_on or seen.id in self._shared.actors:
                return False
            await self._remove(seen)
            return True
        finally:
            self._removing.discard(seen.id)

    async def _remove(self, record: Record) -> None:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _REMOVE_S) as scope:
            actor = self._shared.actors.get(record.id)
            await self._running().stop(record.id)
            if actor is not None:
                await actor.until_unused()
            await self._forget(record)
            await trio.to_thread.run_sync(self._discard, record.id)
        if scope.cancelled_caught:
            raise StorageFailed(f"It took too long to remove {record.id}.", hint="See the server's log.")

    async def _forget(self, record: Record) -> None:
        """End a project's stream, and have the journal forget it: as one, so that none is half removed after a kill."""
        end = NewEvent(END, {"state": record.state, "reason": _REMOVED, "result": None})
        snapshot = {**record.snapshot, "reason": _REMOVED}
        change = Change(record.id, record.state, record.attempt, snapshot, (end,), removes=True)
        await self._shared.journal.write(change)
        self._streams.remove(record.id)

    def _discard(self, run_id: str) -> None:
        try:
            directories.remove(self._layout(run_id))
        except OSError as error:
            # The next start of the server finds and removes it.
            logger.warning("%s is not removed from the disk: %s", run_id, error)

    async def _start(self, record: Record) -> None:
        """Start the actor of a project, unless it has nothing to do."""
        if not State(record.state).final:
            await self._wake(record.id)

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
        spec = ChildSpec(project_id, partial(self._keep_alive, project_id), Restart.TEMPORARY, stop_timeout=_STOP_S)
        actor: ProjectActor = await self._running().start(spec)
        return actor

    async def _keep_alive(self, project_id: str, *, task_status: "trio.TaskStatus[ProjectActor]") -> None:
        """Live as a project's actor, and again after a crash: one that always crashes must not take the server along.

        Raises:
            NotFound: There is no such project.
            StorageFailed: It cannot be opened.
        """
        lived = False

        def started(actor: ProjectActor) -> None:
            nonlocal lived
            lived = True
            task_status.started(actor)

        for pause in (*_AGAIN_S, None):
            record = await super().record(project_id)
            try:
                await ProjectActor(self._shared, record).live(self._context, started)
            except Exception as error:
                logger.exception("the actor of %s crashed", project_id)
                if not lived:
                    raise StorageFailed(f"{project_id} cannot be opened.", hint="See the server's log.") from error
                if pause is None:
                    await self._let_go(project_id)
                    return
            else:
                return
            await trio.sleep(pause)

    async def _let_go(self, project_id: str) -> None:
        record = await super().record(project_id)
        if not State(record.state).final:
            await self._give_up(record, "Its actor crashed again and again.")

    def _layout(self, project_id: str) -> Layout:
        return self._shared.layout(project_id)
