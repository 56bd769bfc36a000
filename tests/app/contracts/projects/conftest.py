"""The routes of projects in an application of their own, over a service that lives in memory and real directories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import pytest
import trio
from quart_trio import QuartTrio

from actors.projects.base import GenerateRequest, name_of
from actors.projects.running.outputlog import OutputLog
from actors.projects.tools.base import Tool
from actors.projects.tools.outside import ServerState, ServerStatus
from actors.projects.tools.reading import READ_FILE
from actors.projects.tools.results import ToolResult
from actors.projects.tools.writing import WRITE_FILE
from actors.projects.versions.store import VersionStore
from actors.runtime.availability import Availability
from actors.runtime.errors import CallboardError, Conflict, InvalidInput, NotFound
from app.contracts.projects.routes import projects_routes
from app.edge import install_error_handlers

BODY_LIMIT = 1024 * 1024
"""As the server has it."""

ONE = "project-1"


@dataclass
class StillServer:
    """A dev server that changes its state and nothing else."""

    status: ServerStatus = field(default_factory=lambda: ServerStatus(ServerState.STOPPED))

    async def start(self) -> ServerStatus:
        """Start."""
        await trio.lowlevel.checkpoint()
        self.status = ServerStatus(ServerState.RUNNING, f"/api/projects/{ONE}/preview", "", ("ready",))
        return self.status

    async def stop(self, reason: str, /, *, by_person: bool = False) -> None:
        """Stop."""
        await trio.lowlevel.checkpoint()
        self.status = ServerStatus(ServerState.STOPPED, reason=reason)

    async def restart(self) -> ServerStatus:
        """Stop, and start."""
        await self.stop("it is started again")
        return await self.start()


@dataclass(frozen=True)
class Quick:
    """A generator."""

    name: str = "template"
    title: str = "From a template"

    def availability(self) -> Availability:
        """Always."""
        return Availability(available=True)


@dataclass
class MemoryProjects:
    """Projects that never do anything.

    Attributes:
        root: Where their directories are.
        asked: What was accepted.
        messages: What was said to them afterwards.
        continued: Which went on, by whom, and with what budget.
        calls: What was called in them.
        ended: The ids of those whose run has ended.
        failing: What `accept` fails with.
    """

    root: Path
    asked: dict[str, GenerateRequest] = field(default_factory=dict)
    messages: list[tuple[str, str, Optional[str], Mapping[str, Any]]] = field(default_factory=list)
    continued: list[tuple[str, Optional[str], Mapping[str, Any]]] = field(default_factory=list)
    calls: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    failing: Optional[CallboardError] = None
    still: StillServer = field(default_factory=StillServer)
    generators: Mapping[str, Quick] = field(default_factory=lambda: {"template": Quick()})
    default_generator: str = "template"
    alternative: Optional[str] = None
    tools: Mapping[str, Tool[Any]] = field(default_factory=lambda: {one.name: one for one in (READ_FILE, WRITE_FILE)})

    async def accept(self, request: GenerateRequest, /) -> Mapping[str, Any]:
        """Accept a project."""
        await trio.lowlevel.checkpoint()
        if self.failing:
            raise self.failing
        if request.generator not in (None, "template"):
            raise InvalidInput(f"There is no generator {request.generator!r}.", hint="There are: template.")
        project_id = f"project-{len(self.asked) + 1}"
        self.asked[project_id] = request
        (self.root / project_id).mkdir()
        return self._snapshot(project_id)

    async def message(
        self, project_id: str, prompt: str, generator: Optional[str], budget: Mapping[str, Any], /
    ) -> Mapping[str, Any]:
        """Take a follow-up."""
        await trio.lowlevel.checkpoint()
        snapshot = self._snapshot(project_id)
        if project_id not in self.ended:
            raise Conflict(f"{project_id} is at work.", hint="Wait for its end.")
        self.messages.append((project_id, prompt, generator, budget))
        return {**snapshot, "state": "queued", "run": 2}

    async def go_on(self, project_id: str, generator: Optional[str], budget: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Go on with the last prompt."""
        await trio.lowlevel.checkpoint()
        snapshot = self._snapshot(project_id)
        if project_id not in self.ended:
            raise Conflict(f"{project_id} is at work.", hint="Wait for its end.")
        self.continued.append((project_id, generator, budget))
        return {**snapshot, "state": "queued", "run": 2}

    async def status(self, run_id: str, /) -> Mapping[str, Any]:
        """A project's snapshot."""
        await trio.lowlevel.checkpoint()
        return self._snapshot(run_id)

    async def page(
        self, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Projects, the newest first."""
        await trio.lowlevel.checkpoint()
        found = [(place, self._snapshot(one)) for place, one in enumerate(self.asked, 1)]
        wanted = [(place, one) for place, one in reversed(found) if not states or one["state"] in states]
        return [(place, one) for place, one in wanted if before is None or place < before][:limit]

    async def cancel(self, run_id: str, /) -> bool:
        """Cancel a run."""
        await trio.lowlevel.checkpoint()
        self._snapshot(run_id)
        active = run_id not in self.ended
        self.ended.add(run_id)
        return active

    async def remove(self, run_id: str, /) -> None:
        """Remove a project."""
        await trio.lowlevel.checkpoint()
        del self.asked[run_id]

    async def end(self, project_id: str, /) -> None:
        """Cancel and remove."""
        await self.cancel(project_id)
        await self.remove(project_id)

    async def call(self, project_id: str, tool: str, parameters: Mapping[str, Any], /) -> ToolResult:
        """Call a tool."""
        await self.app(project_id)
        self.calls.append((project_id, tool, parameters))
        return ToolResult(bool(parameters), "done", {"parameters": parameters})

    async def app(self, project_id: str, /) -> Path:
        """The app's directory."""
        await trio.lowlevel.checkpoint()
        self._snapshot(project_id)
        if not (self.root / project_id).is_dir():
            raise Conflict(f"The files of {project_id} are gone.", hint="Restore a version.")
        return self.root / project_id

    async def versions(self, project_id: str, /) -> VersionStore:
        """The versions."""
        await trio.lowlevel.checkpoint()
        self._snapshot(project_id)
        return VersionStore(self.root / f"versions-{project_id}")

    async def restore(self, project_id: str, version: str, /) -> Mapping[str, Any]:
        """Restore."""
        store = await self.versions(project_id)
        await trio.to_thread.run_sync(store.restore, version, self.root / project_id)
        return self._snapshot(project_id)

    async def fork(self, project_id: str, version: Optional[str], name: Optional[str], /) -> Mapping[str, Any]:
        """Copy."""
        store = await self.versions(project_id)
        if version is not None:
            await trio.to_thread.run_sync(store.get, version)
        return await self.accept(GenerateRequest(self.asked[project_id].prompt, None, name))

    async def server(self, project_id: str, /) -> StillServer:
        """The dev server."""
        await self.app(project_id)
        return self.still

    async def log(self, project_id: str, /) -> OutputLog:
        """What was printed."""
        await trio.lowlevel.checkpoint()
        self._snapshot(project_id)
        return OutputLog(self.root / f"output-{project_id}.log")

    def _snapshot(self, project_id: str) -> dict[str, Any]:
        asked = self.asked.get(project_id)
        if asked is None:
            raise NotFound(f"There is no project {project_id!a}.", hint="GET /api/projects lists them.")
        return {
            "id": project_id, "kind": "project", "state": "succeeded" if project_id in self.ended else "running",
            "attempt": 1, "crashes": 0, "stage": "installing", "percent": 40.0, "done": 2, "total": 5,
            "remaining_s": 3.0, "queue_position": 0, "reason": "", "run": 1, "prompt": asked.prompt,
            "generator": "template", "name": asked.name or name_of(asked.prompt), "begun": 1,
            "usage": {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0, "model": None}, "errors": (),
            "preview": {"state": "stopped", "url": None, "reason": ""}, "version": "v1", "forked_from": None,
            "result": None, "created": "2026-01-01T00:00:00.000Z", "updated": "2026-01-01T00:00:00.000Z",
        }  # fmt: skip


@dataclass(frozen=True)
class World:
    """An application with nothing but projects, one of which is there."""

    projects: MemoryProjects
    app: Any

    @property
    def files(self) -> Path:
        """The directory of the project that is there."""
        return self.projects.root / ONE

    @property
    def client(self) -> Any:
        """A client of the application."""
        return self.app.test_client()

    async def get(self, path: str, **words: Any) -> Any:
        """Get something of the project that is there."""
        return await self.client.get(f"/api/projects/{ONE}{path}", **words)

    async def post(self, path: str, **words: Any) -> Any:
        """Post something to it."""
        return await self.client.post(f"/api/projects/{ONE}{path}", **words)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An application, configured as the server's."""
    root = tmp_path / "projects"
    (root / ONE).mkdir(parents=True)
    projects = MemoryProjects(root, {ONE: GenerateRequest("A habit tracker", None, "Habits")})
    app = QuartTrio(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, RESPONSE_TIMEOUT=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Quart's default provider
    install_error_handlers(app)
    app.register_blueprint(projects_routes(World(projects, None)))
    return World(projects, app)
