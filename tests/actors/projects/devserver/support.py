"""A project with a dev server, in a real sandbox, and small servers for it to run."""

import json
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import trio

from actors.processes.sandbox.confinement import APP, Confinement
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.tools import find_tools, interpreter_environment
from actors.projects.devserver.server import ProjectServer
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import Slots
from actors.projects.layout import Layout
from actors.projects.tools.base import ToolEvent
from tests.actors.processes.programs import alive

NODE = Path(shutil.which("node") or "/usr/bin/node").resolve()
PATH = f"{NODE.parent}:/usr/bin:/bin"
QUICK = ServerSettings(start_seconds=15, backoff=(0.05,))
PYTHON = str(find_tools().interpreter)

SERVER = """
import http.server, os, pathlib, socket, sys
class Answer(http.server.BaseHTTPRequestHandler):
    status = 200
    def do_GET(self):
        if self.path == "/crash":
            print("about to crash", flush=True)
            os._exit(3)
        if self.path == "/pid":
            body = os.readlink("/proc/self").encode()
        elif self.path.startswith("/reach"):
            try:
                socket.create_connection(("127.0.0.1", int(self.path.rpartition("/")[2])), 1).close()
                body = b"reached"
            except OSError as error:
                body = str(error).encode()
        else:
            body = pathlib.Path("page").read_bytes()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer)
print("listening", flush=True)
server.serve_forever()
"""


@dataclass
class ListLog:
    """A log in memory."""

    kept: list[str] = field(default_factory=list)

    def lines(self, source: str, texts: Iterable[str]) -> None:
        """Keep lines."""
        self.kept.extend(texts)


@dataclass
class Ground:
    """What projects share, and the walls around each."""

    box: Sandbox
    readable: tuple[Path, ...] = ()

    async def sandbox(self) -> Sandbox:
        """Return the sandbox."""
        await trio.lowlevel.checkpoint()
        return self.box

    async def toolchain(self) -> None:
        """There is all that is needed."""
        await trio.lowlevel.checkpoint()


@dataclass
class Walls:
    """Confines a project's programs to its app."""

    ground: Ground
    app: Path

    async def confinement(self, *, listen: int, port: int, environment: Mapping[str, str]) -> Confinement:
        """Return its walls."""
        await trio.lowlevel.checkpoint()
        return Confinement(
            self.app,
            seen_as=APP,
            read_only=self.ground.readable,
            listen=listen,
            port=port,
            environment={**interpreter_environment(), "PATH": PATH, **environment},
        )


@dataclass
class Project:
    """A project and its dev server."""

    layout: Layout
    log: ListLog = field(default_factory=ListLog)
    events: list[ToolEvent] = field(default_factory=list)
    news: trio.Event = field(default_factory=trio.Event)
    servers: list[ProjectServer] = field(default_factory=list)

    @property
    def server(self) -> ProjectServer:
        """Its dev server."""
        return self.servers[-1]

    @property
    def types(self) -> list[str]:
        """The types of what was told."""
        return [event.type for event in self.events]

    @property
    def pid(self) -> int:
        """The pid of the process that was started last."""
        return int(self.told("server_started")[-1]["pid"])

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the data of all events of a type."""
        return [event.data for event in self.events if event.type == kind]

    def script(self, text: str) -> None:
        """Give it a script for development."""
        (self.layout.app / "package.json").write_text(json.dumps({"scripts": {"dev": text}}), encoding="utf-8")

    def serve(self, *, source: str = SERVER, page: str = "hello") -> None:
        """Give it a small server of its own."""
        (self.layout.app / "server.py").write_text(source, encoding="utf-8")
        (self.layout.app / "page").write_text(page, encoding="utf-8")
        self.script(f"exec {PYTHON} -I server.py")

    async def get(self, path: str = "/") -> bytes:
        """Ask the app for something, and return the body; empty when it ended without an answer."""
        with trio.fail_after(10):
            async with await self.server.connect() as stream:
                await stream.send_all(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                got = b"".join([bytes(chunk) async for chunk in stream])
        return got.partition(b"\r\n\r\n")[2]

    async def until(self, kind: str, count: int = 1) -> None:
        """Wait until so many events of a type were told."""
        with trio.fail_after(15):
            while self.types.count(kind) < count:
                self.news = trio.Event()
                await self.news.wait()

    def tell(self, event: ToolEvent) -> None:
        """Take an event."""
        self.events.append(event)
        self.news.set()


@asynccontextmanager
async def open_project(
    directory: Path,
    ground: Ground,
    *,
    name: str = "project-1",
    settings: ServerSettings = QUICK,
    slots: Slots,
    base: str = "/",
) -> AsyncIterator[Project]:
    """Open a project whose dev server can be started; when it is left nothing of that may be there any more."""
    layout = Layout(directory / name, directory / "own" / name)
    layout.app.mkdir(parents=True)
    project = Project(layout)
    server = ProjectServer(
        name,
        layout,
        Walls(ground, layout.app),
        ground,
        settings,
        tell=project.tell,
        url=f"http://preview/{name}/",
        slots=slots,
        log=project.log,
        base=base,
    )
    project.servers.append(server)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run)
        yield project
        nursery.cancel_scope.cancel()
    for started in project.told("server_started"):
        assert not alive(int(started["pid"]))
    assert not list(layout.sockets.iterdir())


def quick(**changes: Any) -> ServerSettings:
    """Return settings for a test."""
    return replace(QUICK, **changes)


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
