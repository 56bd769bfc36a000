"""Which servers run, from what, and what they are reached at."""

import shutil
from pathlib import Path

import pytest
import trio

from actors.projects.devserver.listening import SocketPlace
from actors.projects.devserver.server import CHANGED, ProjectServer
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import MADE_ROOM, Slots
from actors.projects.layout import Layout
from actors.projects.tools.outside import ServerState
from actors.runtime.errors import ActorStopped, Busy, Conflict, InvalidInput, NotFound, StorageFailed
from tests.actors.processes.programs import alive
from tests.actors.projects.devserver.conftest import Open
from tests.actors.projects.devserver.support import Ground, Walls, quick

pytestmark = pytest.mark.real


@pytest.fixture
def slots() -> Slots:
    """Return room for one dev server."""
    return Slots(1)


async def test_one_makes_room_for_another(opened: Open, slots: Slots) -> None:
    """One that nobody visits is stopped for it; one that is being visited is not."""
    async with opened() as one, opened(name="project-2") as two:
        one.serve()
        two.serve()
        await one.server.start()
        with one.server.visiting():
            with pytest.raises(Busy, match="1 dev servers run"):
                await two.server.start()
            assert two.server.status.state is ServerState.STOPPED
            assert two.server.wakes
        first = one.pid
        assert (await two.server.start()).state is ServerState.RUNNING
        assert not alive(first)
        assert one.server.status.reason == MADE_ROOM
        assert one.server.wakes
        await two.server.stop("enough")
        assert slots.used == 0


async def test_a_crashed_one_holds_no_place(opened: Open, slots: Slots) -> None:
    """Nor does one that could not be started."""
    async with opened() as project:
        project.script("exit 1")
        await project.server.start()
        assert slots.used == 0
        project.serve()
        shutil.rmtree(project.layout.sockets)
        with pytest.raises(StorageFailed):
            await project.server.start()
        assert slots.used == 0
        project.layout.sockets.mkdir()


async def test_files_as_they_are(opened: Open, slots: Slots) -> None:
    """An app without a server of its own runs at once, without a process or a place, until it has one."""
    async with opened() as project:
        (project.layout.app / "index.html").write_text("<h1>Hello", encoding="utf-8")
        assert (await project.server.start()).url
        assert (project.server.mode, project.server.static_root) == ("static", project.layout.app)
        assert slots.used == 0
        assert project.types == ["preview_ready"]
        with pytest.raises(Conflict, match="files"):
            await project.server.connect()
        await project.server.start()
        assert project.types == ["preview_ready"]
        project.serve()
        await project.server.start()
        assert (project.server.mode, project.server.static_root) == ("dev", None)
        assert project.told("server_stopped") == [{"reason": CHANGED}]
        assert await project.get() == b"hello"


async def test_files_are_idle_too(opened: Open) -> None:
    """Nobody needs the project for them then."""
    async with opened(settings=quick(idle_seconds=0.05)) as project:
        (project.layout.app / "index.html").touch()
        await project.server.start()
        await project.until("server_stopped")
        assert project.server.wakes


@pytest.mark.parametrize("content", [None, "{", "link", "{}"])
async def test_it_cannot_be_started_at_all(opened: Open, content: str) -> None:
    """What is wrong with the project is raised, to all who asked, and its status says so too."""
    async with opened() as project:
        manifest = project.layout.app / "package.json"
        if content == "link":
            manifest.symlink_to("/etc/passwd")
        elif content is not None:
            manifest.write_text(content, encoding="utf-8")
        problems = []

        async def ask() -> None:
            with pytest.raises((Conflict, InvalidInput)) as caught:
                await project.server.start()
            problems.append(caught.value.problem)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            nursery.start_soon(ask)
        assert problems == [project.server.status.reason] * 2
        assert not project.types


async def test_the_files_are_gone(opened: Open) -> None:
    """It is said."""
    async with opened() as project:
        project.layout.app.rmdir()
        with pytest.raises(NotFound, match="gone"):
            await project.server.start()


async def test_stopped_by_a_person(opened: Open) -> None:
    """Visits do not start it then, whatever else wants it stopped; a person does."""
    async with opened() as project:
        project.serve()
        await project.server.stop("by a person", by_person=True)
        await project.server.stop("by something else")
        assert not project.server.wakes
        assert project.server.status.reason == "by a person"
        await project.server.start()
        await project.server.stop("by something else")
        assert project.server.wakes


async def test_a_project_that_is_not_open(ground: Ground, tmp_path: Path) -> None:
    """Nothing can be started."""
    layout = Layout(tmp_path / "project-1", tmp_path / "own")
    settings = ServerSettings()
    server = ProjectServer(
        "project-1", layout, Walls(ground, layout.app), ground, settings, tell=print, url="", slots=Slots(1)
    )
    with pytest.raises(ActorStopped):
        await server.start()
    with pytest.raises(Conflict):
        assert server.socket
    with pytest.raises(ValueError, match="slash"):
        ProjectServer(
            "a", layout, Walls(ground, tmp_path), ground, settings, tell=print, url="", slots=Slots(1), base="x"
        )


async def test_its_socket(tmp_path: Path) -> None:
    """A long path does no harm, what a dead server left is replaced, and nobody but this user gets at it."""
    directory = tmp_path / ("long" * 40)
    directory.mkdir()
    (directory / "project-1.sock").touch()
    place = SocketPlace(directory, "project-1.sock")
    with pytest.raises(Conflict, match="cannot be reached"):
        await place.connect()
    with place.listen() as listener:
        assert (directory / "project-1.sock").stat().st_mode & 0o777 == 0o600
        async with await place.connect() as stream:
            taken, _ = listener.accept()
            with taken:
                taken.send(b"x")
                assert await stream.receive_some() == b"x"
    with pytest.raises(Conflict, match="Connection refused"):
        await place.connect()
    place.close()
    place.close()
    assert not list(directory.iterdir())
