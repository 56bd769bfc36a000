"""The projects of a server: accepting and removing them, and what else may be asked of one."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio

from actors.journal.streams import Streams
from actors.projects import directories
from actors.projects.awake import Awake
from actors.projects.base import KIND, FilesGone, GenerateRequest, expires, name_of, new_id, shown
from actors.projects.bounds import AtOnce
from actors.projects.built import built_output
from actors.projects.devserver.server import ProjectServer
from actors.projects.forking import copy_project, forked_change, forked_memory
from actors.projects.generators.base import ProjectGenerator
from actors.projects.generators.usable import usable
from actors.projects.home.home import Home
from actors.projects.reporter import Memory
from actors.projects.running.outputlog import OutputLog
from actors.projects.shared import Shared
from actors.projects.tools.base import Tool
from actors.projects.tools.results import ToolResult
from actors.projects.versions.store import VersionStore
from actors.runs.states import State
from actors.runtime.admission import Admission
from actors.runtime.errors import Busy, Conflict, StorageFailed
from actors.runtime.threads import NoThread, in_thread

logger = logging.getLogger(__name__)


class Projects(Awake):
    """The service that the projects' contract is made of.

    Args:
        shared: What all projects share.
        streams: Where their topics are.
        admission: How many are generated at once.
        default: The name of the generator of requests that name none.
        alternative: The name of one to tell people of, where nobody chose the default one.
    """

    def __init__(
        self, shared: Shared, streams: Streams, admission: Admission, default: str, alternative: Optional[str] = None
    ) -> None:
        super().__init__(shared, streams, admission)
        self._default = default
        self._alternative = alternative
        self._calls = AtOnce(shared.settings.calls, shared.settings.calls_each)

    @property
    def generators(self) -> Mapping[str, ProjectGenerator]:
        """The generators, by name."""
        return self._shared.generators

    @property
    def default_generator(self) -> str:
        """The name of the generator of requests that name none."""
        return self._default

    @property
    def alternative(self) -> Optional[str]:
        """The name of a generator that could be used, when nobody has chosen one; else None."""
        other = self.generators.get(self._alternative or "")
        return other.name if other is not None and other.availability().available else None

    @property
    def tools(self) -> Mapping[str, Tool[Any]]:
        """The tools, by name."""
        return self._shared.tools

    @property
    def home(self) -> Home:
        """What all projects share of this machine."""
        return self._shared.home

    async def trouble(self) -> str:
        """Why no project can be made here, for those who look after the server; empty when nothing is in the way."""
        try:
            await in_thread(directories.open_root, self._shared.settings.root)
        except (StorageFailed, NoThread) as error:
            return f"{error.problem} {error.hint}"
        return ""

    async def accept(self, request: GenerateRequest) -> Mapping[str, Any]:
        """Accept a project; see `Runs.take`.

        Raises:
            InvalidInput: There is no such generator, or it cannot run here.
            Busy: The queue is full.
        """
        generator = usable(self.generators, request.generator or self._default)
        self.check_room()
        await self._check_count()
        project_id = new_id()
        name = request.name or name_of(request.prompt)
        memory = Memory(1, shown(request.prompt), generator, name, budget=request.budget)
        base = {"id": project_id, "kind": KIND, "created": "", **memory.as_json()}
        prepare = partial(self._make, project_id, request.prompt)
        snapshot = await self.take(project_id, base, {"name": memory.name}, prepare, vacant=True)
        logger.info("%s accepted: generator %s", project_id, generator)
        return snapshot

    async def message(
        self, project_id: str, prompt: str, generator: Optional[str] = None, budget: Optional[Mapping[str, Any]] = None
    ) -> Mapping[str, Any]:
        """Accept a follow-up: the project's next run.

        Raises:
            NotFound: There is no such project.
            Conflict: A run goes on, or the project's files are gone.
            Busy: The queue is full.
        """
        return await self._next(project_id, prompt, generator, budget or {})

    async def go_on(
        self, project_id: str, generator: Optional[str] = None, budget: Optional[Mapping[str, Any]] = None
    ) -> Mapping[str, Any]:
        """Accept that a project goes on with its last prompt, in a run of its own.

        Raises:
            NotFound: There is no such project.
            Conflict: A run goes on, the last one has succeeded, or the project's files are gone.
            Busy: The queue is full.
        """
        return await self._next(project_id, None, generator, budget or {})

    async def _next(
        self, project_id: str, prompt: Optional[str], generator: Optional[str], budget: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        await self.app(project_id)
        async with self.awake(project_id) as actor:
            chosen = usable(self.generators, generator or actor.reporter.memory.generator)
            self.check_room()
            await actor.prompt(prompt, chosen, budget)
        return await self.status(project_id)

    async def status(self, run_id: str) -> Mapping[str, Any]:
        """A project's snapshot.

        Raises:
            NotFound: There is no such project.
        """
        snapshot = await super().status(run_id)
        there = await trio.to_thread.run_sync(directories.has_app, self._layout(run_id))
        known = snapshot.get("before_gone") is not None
        if State(snapshot["state"]).final and there == known:
            async with self.awake(run_id) as actor:
                await (actor.say_found() if there else actor.say_gone())
            snapshot = await super().status(run_id)
        return {**snapshot, "expires": expires(snapshot, self._shared.settings.days)}

    async def end(self, project_id: str) -> None:
        """Cancel what goes on, and remove the project with all that belongs to it.

        Raises:
            NotFound: There is no such project.
        """
        await self.cancel(project_id)
        await self.remove(project_id)

    async def call(self, project_id: str, tool: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use a tool on a project.

        Raises:
            NotFound: There is no such project.
            Conflict: Its files are gone.
            Busy: Too many tools are used now.
        """
        await self.app(project_id)
        with self._calls.one(project_id):
            return await self._call(project_id, tool, parameters)

    async def _call(self, project_id: str, tool: str, parameters: Mapping[str, Any]) -> ToolResult:
        async with self.awake(project_id) as actor:
            result = await actor.toolbox.call(tool, parameters)
            await actor.reporter.flush()
            return result

    async def app(self, project_id: str) -> Path:
        """The app's directory.

        Raises:
            NotFound: There is no such project.
            Conflict: It was removed from outside.
        """
        await self.record(project_id)
        layout = self._layout(project_id)
        if not await trio.to_thread.run_sync(directories.has_app, layout):
            raise FilesGone(layout)
        return layout.app

    async def versions(self, project_id: str) -> VersionStore:
        """The versions of a project.

        Raises:
            NotFound: There is no such project.
        """
        await self.record(project_id)
        actor = self._shared.actors.get(project_id)
        return actor.store if actor is not None else VersionStore(self._layout(project_id).versions)

    async def restore(self, project_id: str, version: str) -> Mapping[str, Any]:
        """Make a project what a version says; what it is now becomes a version first.

        Raises:
            NotFound: There is no such project or version.
            Conflict: A run goes on.
        """
        async with self.awake(project_id) as actor:
            await actor.restore(version)
        return await self.status(project_id)

    async def fork(
        self, project_id: str, version: Optional[str] = None, name: Optional[str] = None
    ) -> Mapping[str, Any]:
        """Make a new project of a version of this one: of the newest when none is named.

        Raises:
            NotFound: There is no such project or version.
            Conflict: It has no version yet.
        """
        self._context.admission.check_open()
        await self._check_count()
        status = await self.status(project_id)
        version = version or status.get("version")
        if version is None:
            raise Conflict(f"{project_id} has no version yet.", hint="Wait until something was made.")
        store = await self.versions(project_id)
        await trio.to_thread.run_sync(store.get, version)
        forked = new_id()
        copy = partial(copy_project, self._layout(project_id), store, version, self._layout(forked))
        change = forked_change(forked, forked_memory(status, version, name))
        return await self._take(forked, lambda: change, lambda _own: copy())

    async def server(self, project_id: str) -> ProjectServer:
        """The dev server of a project, which is awake afterwards.

        Raises:
            NotFound: There is no such project.
            Conflict: Its files are gone.
        """
        await self.app(project_id)
        async with self.awake(project_id) as actor:
            return actor.server

    async def built(self, project_id: str) -> Optional[Path]:
        """Where the app's finished pages are; None when there are none, or the app was changed since they were made.

        Raises:
            NotFound: There is no such project.
            Conflict: Its files are gone.
        """
        app = await self.app(project_id)
        found = await trio.to_thread.run_sync(built_output, app)
        status = await super().status(project_id)
        return found if found == app or status.get("built") == status.get("version") else None

    async def log(self, project_id: str) -> OutputLog:
        """What a project's tools and dev server printed.

        Raises:
            NotFound: There is no such project.
        """
        await self.record(project_id)
        actor = self._shared.actors.get(project_id)
        return actor.log if actor is not None else OutputLog(self._layout(project_id).log)

    def _size(self, run_id: str) -> int:
        return directories.size(self._layout(run_id))

    async def _check_count(self) -> None:
        """Refuse a project that the janitor could not keep up with.

        Raises:
            Busy: There are too many.
        """
        count = len(await self.ids())
        if count >= self._shared.settings.most:
            raise Busy(
                f"This server has {count} projects.",
                hint="Remove one, or wait until the oldest have been (keep_projects).",
            )

    def _make(self, project_id: str, prompt: str, own: Path) -> None:
        del own
        directories.open_root(self._shared.settings.root)
        directories.make(self._layout(project_id), prompt)
