"""A project's generator as a pipeline of builds: `actors.builds` and `actors.projects` know nothing of each other.

A build has a project of its own made, says what that tells, takes the app, and removes the project. What was paid for
is never lost: a project whose run did not succeed stays, and the build's last message names it.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Optional, Protocol

import trio

from actors.builds.base import STATUS, WARNING, Availability, BuildFailed, Built, Order, Said, Tell
from actors.projects.base import GenerateRequest
from actors.projects.generators.base import ProjectGenerator
from actors.projects.versions.store import VersionStore
from actors.runs.states import State
from actors.runtime.errors import Busy, CallboardError, Draining, InvalidInput, NotFound
from actors.runtime.topic import GAP, EndOfStream, Topic, TopicClosed
from app.composition.relay import Relay

logger = logging.getLogger(__name__)

NOTE = """\


One more thing about this app, from the server that asked for it: when you are done its source is moved to a machine \
of its own. There `npm install` is run, then `npm run build` if it needs one, and `npm start`, and people see it at \
`/`. For an app that began with create_vite_app, create_react_app or create_next_app all of that is arranged: keep \
its build script, and add no start script, no server and no health check. Any other app with a server of its own \
needs a `start` script in package.json, and listens on the port in PORT, at 0.0.0.0. Every package that the app needs \
is in its package.json, and you are done when build_project succeeds, where there is something to build."""
"""What a generator is told beside the prompt."""

MARK = "project"
"""The file in a build's directory that names the project that is made for it."""

ROOM_S = 120.0
"""Seconds in which a project is asked for again while there is no room for one."""

PAUSE_S = 0.5
END_S = 4.0
"""Seconds that a build that was cancelled, or failed, waits for its project to end."""

SPARE = 0.05
SPARE_S = 10.0
"""Of the time that a build has, how much is left for saying what became of the project: a part, and seconds."""

_MADE = "app"


class Projects(Protocol):
    """What is needed of the service of projects."""

    @property
    def generators(self) -> Mapping[str, ProjectGenerator]:
        """The generators, by name."""

    async def accept(self, request: GenerateRequest, /) -> Mapping[str, Any]:
        """Take a project on; its snapshot."""

    async def status(self, project_id: str, /) -> Mapping[str, Any]:
        """A project's snapshot."""

    async def app(self, project_id: str, /) -> Path:
        """The directory of a project's app."""

    async def versions(self, project_id: str, /) -> VersionStore:
        """The versions of a project."""

    async def cancel(self, project_id: str, /) -> bool:
        """Cancel a project's run."""

    async def end(self, project_id: str, /) -> None:
        """Cancel what goes on in a project, and remove it."""


class Streams(Protocol):
    """What is needed of the topics of all actors."""

    async def open(self, actor_id: str, /) -> Topic:
        """Find the topic of an actor."""


class ProjectPipeline:
    """Has projects made by one generator, for builds.

    Args:
        name: The generator.
        projects: The service of projects.
        streams: Where their topics are.
    """

    resumable = False

    def __init__(self, name: str, projects: Projects, streams: Streams) -> None:
        self.name = name
        self._projects = projects
        self._streams = streams

    @property
    def title(self) -> str:
        """The generator's own line for people."""
        return self._projects.generators[self.name].title

    def availability(self) -> Availability:
        """Whether the generator can run here."""
        return self._projects.generators[self.name].availability()

    async def run(self, order: Order, tell: Tell) -> Built:
        """Have the app made as a project, and take it.

        A cancel removes the project. A failure keeps it, and so does the end of the server.

        Raises:
            BuildFailed: It cannot be made, or not in the time that is left.
        """
        deadline = _deadline()
        project = await self._ask(order, tell)
        async with self._ended(project):
            with trio.move_on_at(deadline):
                await trio.Path(order.workdir / MARK).write_text(project, encoding="ascii")
                return await self._make(project, order, tell)
            problem = "The app was not made within the time that a build has."
            hint = f"Give builds more time (build_seconds), or ask for something smaller. {_kept(project)}"
            raise BuildFailed(problem, code="timeout", hint=hint)

    @asynccontextmanager
    async def _ended(self, project: str) -> AsyncIterator[None]:
        """See to it that a project does not go on after the block, and that nothing is lost that was paid for."""
        try:
            yield
        except trio.Cancelled:
            with trio.move_on_after(END_S, shield=True):
                await self._end(project)
            raise
        except Exception:
            # Nobody would take what it goes on to make.
            with suppress(CallboardError), trio.move_on_after(END_S, shield=True):
                await self._projects.cancel(project)
            raise
        await self._end(project)

    async def _ask(self, order: Order, tell: Tell) -> str:
        """Ask for a project, and wait until there is room for it: also while the server starts.

        Raises:
            BuildFailed: It cannot be had.
        """
        request = GenerateRequest(f"{order.prompt}{NOTE}", self.name, order.name)
        busy: Optional[Busy] = None
        until = trio.current_time() + ROOM_S
        while trio.current_time() < until:
            try:
                return str((await self._projects.accept(request))["id"])
            except InvalidInput as error:
                raise BuildFailed(error.problem, code="pipeline_unavailable", hint=error.hint) from error
            except Draining:
                # Nobody's fault: the build is put back with the server's stop, and asks again after its next start.
                await trio.sleep_forever()
            except Busy as error:
                if busy is None:
                    await tell(Said(STATUS, "Waiting for room among the projects..."))
                busy = error
            await trio.sleep(PAUSE_S)
        problem = busy.problem if busy else "There was no room for a project."
        raise BuildFailed(problem, code="busy", hint=busy.hint if busy else "Build again later.")

    async def _make(self, project: str, order: Order, tell: Tell) -> Built:
        title = self.title.partition(":")[0]
        await tell(Said(STATUS, f"The app is made by {title}, as {project}. Each answer of the model costs money."))
        await self._follow(project, tell)
        try:
            status = await self._projects.status(project)
        except NotFound:
            problem = f"{project}, as which the app was made, was removed."
            raise BuildFailed(problem, code="project_removed", hint="Build again under a new runId.") from None
        if status["state"] != State.SUCCEEDED.value:
            _fail(project, status)
        directory = order.workdir / _MADE
        for note in await self._take(project, directory):
            await tell(Said(WARNING, note))
        usage = status["usage"]
        facts = {"model": usage.get("model"), "turns": usage.get("turns"), "cost_usd": round(usage["cost_usd"], 6)}
        return Built(directory, {"generator": self.name, **facts})

    async def _follow(self, project: str, tell: Tell) -> None:
        """Say what a project tells, until its run has ended."""
        relay = Relay()
        topic = await self._streams.open(project)
        with topic.subscribe(0) as subscription:
            try:
                while True:
                    for entry in await subscription.next():
                        event = entry.decoded()
                        for said in relay.take(event["type"], event["data"]):
                            await tell(said)
                        if _is_last(event):
                            for said in relay.rest():
                                await tell(said)
                            return
            except EndOfStream:
                return
            except TopicClosed:
                with suppress(NotFound):
                    await self._projects.status(project)
                    # The server stops, and this with it: nothing has happened to the project.
                    await trio.sleep_forever()

    async def _take(self, project: str, directory: Path) -> tuple[str, ...]:
        """Put an app's source, as it is now, into a directory of its own; what is not in it is said.

        Raises:
            BuildFailed: That cannot be done.
        """
        try:
            store, app = await self._projects.versions(project), await self._projects.app(project)
            return await trio.to_thread.run_sync(partial(_copy, store, app, directory))
        except CallboardError as error:
            problem = f"The app cannot be taken from {project}: {error.problem}"
            raise BuildFailed(problem, code="project_files", hint=f"{error.hint} {_kept(project)}".strip()) from error

    async def _end(self, project: str) -> None:
        """Remove a project, with what goes on in it."""
        try:
            await self._projects.end(project)
        except NotFound:
            pass  # somebody else did
        except CallboardError as error:
            # Not while the server stops: then it stays, and says so itself.
            logger.info("%s stays: %s", project, error.problem)


def _copy(store: VersionStore, app: Path, directory: Path) -> tuple[str, ...]:
    # None is made where nothing has changed since the newest one.
    newest = store.snapshot(app, label="as a build took it", cause="build") or store.versions(limit=1)[0]
    return store.fork(newest.id, directory)


def _is_last(event: Mapping[str, Any]) -> bool:
    """Whether an event is a run's last, or stands for what has it."""
    kind, data = event["type"], event["data"]
    return bool(kind == "generation_finished" or (kind == GAP and State(data["snapshot"]["state"]).final))


def _deadline() -> float:
    """When to give up, for there to be time to say why: a little before somebody else does."""
    now, end = trio.current_time(), trio.current_effective_deadline()
    return end - min(SPARE_S, SPARE * max(0.0, end - now))


def _fail(project: str, status: Mapping[str, Any]) -> NoReturn:
    """Say why there is no app.

    Raises:
        BuildFailed: Always.
    """
    state = str(status["state"])
    code = (status.get("result") or {}).get("code") or state
    problem = str(status["reason"])
    if state == State.CANCELLED.value:
        problem = f"{project}, as which the app was made, was cancelled."
    raise BuildFailed(problem, code=str(code), hint=_kept(project, can_go_on="callboard continue" not in problem))


def _kept(project: str, *, can_go_on: bool = True) -> str:
    """Say where what was made is, and how to have it.

    Args:
        project: The project.
        can_go_on: Whether to say how it goes on.
    """
    goes_on = f"`callboard continue {project}` has it go on, " if can_go_on else ""
    return (
        f"It is kept as {project}: {goes_on}`callboard pull {project} DIR` takes away what was made. "
        "Another build begins anew, and costs anew."
    )
