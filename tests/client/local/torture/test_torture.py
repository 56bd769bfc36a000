"""The torture itself: a real server is killed, and each planted violation ends it with words."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from actors.projects.versions.store import VersionStore
from client.events import Event
from client.local.torture import processes
from client.local.torture.checks.history import digest
from client.local.torture.checks.processes import Known
from client.local.torture.figures import Figures
from client.local.torture.folder import Folder
from client.local.torture.plan import Ending, Life
from client.local.torture.server import crashes, start
from client.local.torture.sink import open_sink
from client.local.torture.tidiness import look_at_versions
from client.local.torture.torture import Torture
from client.local.torture.violation import Violation, demand
from tests.client.local.process import ROOT
from tests.waiting import until

pytestmark = pytest.mark.real

LIFE = Life(1, Ending.KILL, 0.0, 0.0, "template", bare=False, seed="1/1")


@asynccontextmanager
async def torture(root: Path) -> AsyncIterator[Torture]:
    """A torture that has not begun."""
    folder = Folder(root / "f")
    folder.make()
    async with open_sink(1) as sink:
        yield Torture(folder, sink, 1, 0.3, Figures(1))


async def checked(here: Torture) -> str:
    """Start a server, and check it; what does not hold, and empty when all does."""
    async with here._server(LIFE) as server:
        try:
            async with here._checked(server, LIFE):
                return ""
        except Violation as error:
            return error.problem


async def test_what_is_lost_is_found(tmp_path: Path) -> None:
    """A job that was accepted, an upload, a file of nobody, a process: each by its name, on a server that is real."""
    async with torture(tmp_path) as here:
        assert await checked(here) == ""
        here.ledger.accept("job", "job-lost")
        assert "job-lost: this job was accepted" in await checked(here)
        here.ledger.entries.clear()
        (here.folder.data / "left.tmp").write_text("x", encoding="utf-8")
        (here.folder.temporary / "left").mkdir()
        here.temporary = {"left"}
        found = await checked(here)
        assert "left.tmp in the data directory: it belongs to nobody" in found
        assert "left among the temporary files" in found


async def test_a_process_that_lives_on_is_found(tmp_path: Path) -> None:
    """Also one with a session of its own; it is gone when it has ended."""
    async with torture(tmp_path) as here:
        server = await start(here.folder, LIFE, here.sink.url)
        await server.ready()
        sleeper = await trio.lowlevel.open_process(["sleep", "60"], start_new_session=True)
        server.look()

        def found() -> "dict[Known, str]":
            ours = processes.family(os.getpid(), "")
            return {one: name for one, name in ours.items() if one[0] == sleeper.pid and "sleep 60" in name}

        # As if the server had started it. The kernel tells of the start before the new arguments can be read.
        server.family.update(await until(found, what="the sleeper's arguments"))
        server.signal(signal.SIGKILL)
        await server.ended(5)
        with pytest.raises(Violation, match=f"process {sleeper.pid} .sleep 60. still runs"):
            await here._gone(server, 0.2)
        sleeper.kill()
        await sleeper.wait()
        assert await here._gone(server, 3.0) < 3.0


async def test_an_event_that_was_taken_back_is_found(tmp_path: Path) -> None:
    """A follower had seen something else, or more, than the journal has."""
    async with torture(tmp_path) as here:
        async with here._server(LIFE) as server, here._checked(server, LIFE) as asking:
            answer = await asking.ask("POST", "/api/generate", {"prompt": "a static page: recipes"})
            entry = here.ledger.accept("project", answer.id)
        entry.history.known.append(digest(Event(1, answer.id, "t", "state", {"state": "queued"}).as_dict()))
        assert f"{answer.id}: event 1 (state) is not what it was" in await checked(here)
        entry.history.known[:] = [b"x"] * 900
        assert answer.id in await checked(here)


def test_a_bug_in_the_servers_log_is_found(tmp_path: Path) -> None:
    """An exception, as it is logged, or a traceback on its standard error."""
    folder = Folder(tmp_path)
    for text, found in (('{"event": "x", "exception": "T"}', 1), ("Traceback (most recent", 1), ('{"event": "x"}', 0)):
        folder.log().write_text(text, encoding="utf-8")
        assert len(crashes(folder)) == found


async def test_a_damaged_version_is_found(tmp_path: Path) -> None:
    """By the project's id."""
    folder, app = Folder(tmp_path), tmp_path / "app"
    app.mkdir()
    (app / "index.html").write_text("x" * 5000, encoding="utf-8")
    versions = folder.data / "projects" / "project-1" / "versions"
    versions.mkdir(parents=True)
    assert VersionStore(versions).snapshot(app) is not None
    await look_at_versions(folder, ["project-1"])
    for path in [path for path in versions.rglob("*") if path.is_file() and path.stat().st_size > 30]:
        path.chmod(0o600)
        path.write_bytes(b"damaged")
    with pytest.raises(Violation, match="project-1: "):
        await look_at_versions(folder, ["project-1"])


@pytest.mark.slow
async def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """No process, and no folder."""
    folder = Folder(tmp_path / "f")
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, "-m", "client", "torture", "--seed", "1", "--folder", str(folder.root)]
        # A shell that runs in the background has its children ignore Ctrl-C.
        process = await trio.lowlevel.open_process(command, cwd=ROOT, stdout=out, stderr=out)
    await until(lambda: folder.data_id, 60, "the first server's data directory")
    data_id = folder.data_id
    process.send_signal(signal.SIGTERM)
    with trio.fail_after(30):
        code = await process.wait()
    assert code == 130, (tmp_path / "out").read_text(encoding="utf-8")
    assert not folder.root.exists()
    assert processes.marked(data_id) == {}
    assert "Traceback" not in (tmp_path / "out").read_text(encoding="utf-8")


def test_problems_are_said_together() -> None:
    """Some of them, where there are many; none is no violation."""
    demand([])
    with pytest.raises(Violation, match=r"a; b; .*and 2 more") as caught:
        demand(["a", "b", *"cdefgh", "i", "j"])
    assert caught.value.exit_code == 1
