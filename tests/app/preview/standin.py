"""A server with previews, with stand-ins for the projects and the API."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Optional

import httpx
import trio
from quart import Response, abort
from quart_trio import QuartTrio

from actors.projects.tools.outside import ServerState, ServerStatus
from actors.runtime.errors import Conflict, NotFound
from app.contracts.pages import respond
from app.edge import Edge, install_error_handlers
from app.front.figures import FrontFigures
from app.front.front import Front, open_front
from app.front.limits import FrontLimits
from app.front.listener import serve_front
from app.preview import PreviewServer, PreviewSettings, base_of, open_previews, preview_routes
from app.security import Gate, Policy
from app.sockets import open_listeners
from app.web.assets import asset
from tests.app.front.client import exchange
from tests.app.front.support import MemoryStreams
from tests.app.preview.standin_app import StandInApp, open_app

ONE = "project-00000000-0000-4000-8000-000000000001"
TWO = "project-00000000-0000-4000-8000-000000000002"
NONE = "project-00000000-0000-4000-8000-00000000000f"
TOKEN = "s3cret-token-of-16"
LIMITS = FrontLimits(head_time=5, keep_alive=5, linger=1, grace=1, finish=2, stall=5, send_stall=5)


@dataclass
class StandInServer:
    """The dev server of a project, which does what a test says."""

    app: StandInApp
    status: ServerStatus = field(default_factory=lambda: ServerStatus(ServerState.RUNNING))
    mode: Optional[str] = "dev"
    static_root: Optional[Path] = None
    base: str = "/"
    wakes: bool = True
    starts: int = 0
    visitors: int = 0
    connections: int = 0
    starting: Optional[trio.Event] = None
    fails: Optional[Exception] = None

    async def start(self) -> ServerStatus:
        """Start, when a test lets it."""
        self.starts += 1
        if self.fails is not None:
            raise self.fails
        self.become(ServerState.STARTING)
        if self.starting is not None:
            await self.starting.wait()
        self.become(ServerState.RUNNING)
        return self.status

    def become(self, state: ServerState, reason: str = "", *tail: str) -> None:
        """Change the state."""
        self.status = ServerStatus(state, reason=reason, tail=tail)

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Count."""
        self.visitors += 1
        try:
            yield
        finally:
            self.visitors -= 1

    async def connect(self) -> trio.SocketStream:
        """Connect to the app."""
        if self.status.state is not ServerState.RUNNING:
            raise Conflict("It does not run.")
        self.connections += 1
        return await trio.open_unix_socket(str(self.app.path))


@dataclass
class StandInProjects:
    """The service of projects."""

    servers: dict[str, StandInServer] = field(default_factory=dict)
    output: dict[str, Path] = field(default_factory=dict)
    run: dict[str, str] = field(default_factory=dict)

    async def server(self, project_id: str) -> StandInServer:
        """Find one."""
        await trio.lowlevel.checkpoint()
        if project_id not in self.servers:
            raise NotFound(f"There is no project {project_id}.")
        return self.servers[project_id]

    async def built(self, project_id: str) -> Optional[Path]:
        """Find its output."""
        await trio.lowlevel.checkpoint()
        return self.output.get(project_id)


@dataclass
class World:
    """All of it.

    Attributes:
        port: Where the server listens.
        projects: The service.
        previews: What is tested.
        client: Asks it.
        calls: Requests that the API got and acted upon.
    """

    port: int
    projects: StandInProjects
    previews: PreviewServer
    front: Front
    client: httpx.AsyncClient
    calls: list[str]

    @property
    def one(self) -> StandInServer:
        """The first project's server."""
        return self.projects.servers[ONE]

    @property
    def app(self) -> StandInApp:
        """The first project's app."""
        return self.one.app

    def host(self, project: str = ONE) -> str:
        """The host of a project's app."""
        return f"{project}.localhost:{self.port}"

    async def get(self, path: str = "/", project: str = ONE, method: str = "GET", **more: Any) -> httpx.Response:
        """Ask a project's app by its host."""
        headers = {"host": self.host(project), **more.pop("headers", {})}
        self.client.cookies.clear()
        return await self.client.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, **more)

    async def connect(self, port: int = 0) -> trio.SocketStream:
        """Open a connection."""
        return await trio.open_tcp_stream("127.0.0.1", port or self.port)

    async def raw(self, data: bytes, port: int = 0) -> bytes:
        """Send, and read to the end of the connection."""
        async with await self.connect(port) as stream:
            return await exchange(stream, data)


def _make_api(world_calls: list[str], previews: PreviewServer, projects: StandInProjects) -> Any:
    quart = QuartTrio(__name__, static_folder=None)
    install_error_handlers(quart)
    quart.register_blueprint(preview_routes(previews))

    @quart.get("/assets/<name>")
    async def assets(name: str) -> Response:
        found = asset(name)
        return respond(found) if found is not None else abort(404)

    @quart.route("/api/projects/<project_id>", methods=["GET", "DELETE", "POST"])
    async def project(project_id: str) -> dict[str, Any]:
        world_calls.append(project_id)
        return {"id": project_id, "name": "A shopping list", "result": None, **projects.run}

    @quart.post("/api/projects/<project_id>/preview/<what>")
    async def tell(project_id: str, what: str) -> dict[str, Any]:
        world_calls.append(what)
        status = await (await projects.server(project_id)).start()
        return {"state": status.state.value, "url": None, "reason": "", "tail": []}

    return quart


@asynccontextmanager
async def open_world(
    root: Path, policy: Optional[dict[str, Any]] = None, limits: FrontLimits = LIMITS, **settings: Any
) -> AsyncIterator[World]:
    """Open a server with two projects."""
    [listener] = await open_listeners(["127.0.0.1"], 0)
    port = int(listener.socket.getsockname()[1])
    chosen = PreviewSettings(**{"bind": ("127.0.0.1",), "wake_seconds": 0.3, "answer_seconds": 5, **settings})
    gate = Gate(Policy(port, **(policy or {})))
    projects, calls = StandInProjects(), list[str]()
    async with listener, open_app(root / "1.sock") as one, open_app(root / "2.sock") as two:
        for project, app in ((ONE, one), (TWO, two)):
            app.base = base_of(chosen, project)
            projects.servers[project] = StandInServer(app, base=app.base)
        figures = FrontFigures()
        async with open_previews(projects, chosen, gate, limits, figures.requests) as previews:
            edge = Edge(_make_api(calls, previews, projects), gate, previews)
            async with (
                open_front(MemoryStreams("job-1"), gate.admit, edge, limits, previews, figures=figures) as front,
                trio.open_nursery() as nursery,
                httpx.AsyncClient(timeout=10) as client,
            ):
                serve = partial(serve_front, [listener], front.handle, limits=limits, stopping=front.stopping)
                await nursery.start(serve)
                yield World(port, projects, previews, front, client, calls)
                front.stop()
                nursery.cancel_scope.deadline = trio.current_time() + 3
    assert not any(server.visitors for server in projects.servers.values())


__all__ = ["NONE", "ONE", "TOKEN", "TWO", "StandInServer", "World", "open_world", "replace"]
