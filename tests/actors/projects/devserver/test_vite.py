"""The dev server that most projects have, with all that is real: the sandbox, the install, the files that change."""

import json
import re
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import open_tree
from actors.projects.devserver.server import ProjectServer
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import Slots
from actors.projects.home.home import Home
from actors.projects.home.settings import HomeSettings
from actors.projects.layout import Layout
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.runner import ProjectRunner
from actors.projects.starters.starters import files
from actors.projects.tools.base import ToolEvent
from actors.projects.tools.outside import ServerState
from actors.runtime.errors import CallboardError, Conflict
from tests import needs
from tests.actors.processes.programs import marked

pytestmark = [pytest.mark.real, pytest.mark.slow]

HOST = "localhost:5173"
BASE = "/under/here/"


async def test_it_sees_changes_from_outside(level: Level, tmp_path: Path) -> None:
    """A file that is changed outside of the sandbox is told to the page through the bridge; then all of it is gone."""
    data_id = f"test-{uuid4().hex}"
    layout = Layout(tmp_path / "project-1", tmp_path / "own" / "project-1")
    for path, content in files("vite", "Test").items():
        (layout.app / path).parent.mkdir(parents=True, exist_ok=True)
        (layout.app / path).write_bytes(content)
    layout.sockets.mkdir(parents=True)
    events: list[ToolEvent] = []
    log = OutputLog(layout.log)
    spawn = partial(open_tree, data_id=data_id)
    home = Home(spawn, Watchdog(), tmp_path / "packages", HomeSettings(highest=level))
    runner = ProjectRunner(home, "project-1", layout, log)
    server = ProjectServer(
        "project-1",
        layout,
        runner,
        home,
        ServerSettings(),
        tell=events.append,
        url="http://preview/",
        slots=Slots(1),
        log=log,
        base=BASE,
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(home.run)
        await nursery.start(server.run)
        await prepare(home, runner, server)
        status = await server.start()
        assert status.state is ServerState.RUNNING, status
        await change_and_listen(server, layout.app)
        nursery.cancel_scope.cancel()
    assert [event.type for event in events] == ["server_started", "preview_ready"]
    assert not marked(data_id)


async def prepare(home: Home, runner: ProjectRunner, server: ProjectServer) -> None:
    """Install what it needs; before that it cannot be started, and says so."""
    try:
        await home.toolchain()
    except CallboardError as error:
        needs.missing(error.problem)
    with pytest.raises(Conflict, match="packages are not installed"):
        await server.start()
    outcome = await runner.install((), dev=False, frozen=True, seconds=200, on_line=lambda text: None)
    assert outcome.exit_code == 0, outcome.output


async def change_and_listen(server: ProjectServer, app: Path) -> None:
    """Load the page's modules, connect as the page does, change one of them, and hear of it."""
    assert f'src="{BASE}src/main.js' in await get(server, BASE)
    for path in ("src/main.js", "src/app.js"):
        await get(server, f"{BASE}{path}")
    token = re.search(r'wsToken = "([^"]+)"', await get(server, f"{BASE}@vite/client"))
    assert token
    connection = WSConnection(ConnectionType.CLIENT)
    hello = Request(HOST, f"{BASE}?token={token.group(1)}", subprotocols=["vite-hmr"])
    with trio.fail_after(60):
        async with await server.connect() as stream, trio.open_nursery() as nursery:
            await stream.send_all(connection.send(hello))
            heard: set[str] = set()
            while not heard & {"update", "full-reload"}:
                connection.receive_data(await stream.receive_some())
                for event in connection.events():
                    if isinstance(event, AcceptConnection):
                        nursery.start_soon(change, trio.Path(app / "src" / "app.js"))
                    if isinstance(event, TextMessage):
                        heard.add(json.loads(event.data)["type"])
            nursery.cancel_scope.cancel()


async def change(file: trio.Path) -> None:
    """Change a file again and again: Vite answers before it watches all files, and does not see what changed before."""
    while True:
        await file.write_text(f"{await file.read_text('utf-8')}\n// changed\n", "utf-8")
        await trio.sleep(2)  # between changes, until one is heard of


async def get(server: ProjectServer, path: str) -> str:
    """Ask for something."""
    async with await server.connect() as stream:
        await stream.send_all(f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\nAccept: */*\r\n\r\n".encode())
        return b"".join([bytes(chunk) async for chunk in stream]).decode()
