"""A dev server from its start to its end, with real processes at each level."""

import socket

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.projects.devserver.output import BURST_LINES, LINES_PER_SECOND
from actors.projects.tools.outside import ServerState
from actors.runtime.errors import Conflict
from tests.actors.processes.programs import alive
from tests.actors.projects.devserver.conftest import Open
from tests.actors.projects.devserver.support import SERVER, Project, descriptors, quick
from tests.waiting import until

pytestmark = pytest.mark.real


async def test_it_is_reached_through_its_socket(opened: Open, level: Level) -> None:
    """A server in a network of its own answers here, and is gone when it is stopped."""
    async with opened() as project:
        project.serve(page="hello from inside")
        status = await project.server.start()
        assert (status.state, status.url) == (ServerState.RUNNING, "http://preview/project-1/")
        assert await project.get() == b"hello from inside"
        assert project.server.mode == "dev"
        assert project.types == ["server_started", "preview_ready"]
        assert (await project.server.start()).state is ServerState.RUNNING
        pid = project.pid
        await project.server.stop("stopped by a person", by_person=True)
        assert not alive(pid)
        assert project.server.status.reason == "stopped by a person"
        assert not project.server.wakes
        assert project.types[2:] == ["server_stopped"]
        with pytest.raises(Conflict, match="stopped by a person"):
            await project.server.connect()


async def test_two_projects_are_apart(opened: Open, level: Level) -> None:
    """Neither reaches the other's port, nor one of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as mine:
        async with opened() as one, opened(name="project-2") as two:
            one.serve(page="one")
            two.serve(page="two")
            await one.server.start()
            await two.server.start()
            assert [await one.get(), await two.get()] == [b"one", b"two"]
            port = mine.getsockname()[1]
            assert b"reached" not in await one.get(f"/reach/{port}")


async def test_many_ask_at_once(opened: Open) -> None:
    """All wait for one start, and one who gives up does not end it."""
    async with opened() as project:
        project.serve()
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(project.server.start)
            await project.until("server_started")
            with trio.move_on_after(0):
                await project.server.start()
        assert project.types == ["server_started", "preview_ready"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no good >&2; exit 1", "ended before it answered (exit code 1)"),
        ("echo no good", "ended before it answered (exit code 0)"),
        ("kill -9 $$", "ended before it answered"),
        ("exec no-such-program", "ended before it answered (exit code 127)"),
    ],
)
async def test_one_that_ends_at_once(opened: Open, level: Level, script: str, reason: str) -> None:
    """It is not started again, and what it printed says why."""
    async with opened() as project:
        project.script(script)
        await _crashes(project, reason, "no good" if "no good" in script else "")


async def test_one_that_never_answers(opened: Open, level: Level) -> None:
    """Nor is this one."""
    for seconds in (1, 4, 16):  # a busy machine takes longer to have it print anything
        async with opened(name=f"project-{seconds}", settings=quick(start_seconds=seconds)) as project:
            project.script("echo no good; exec sleep 60")
            await _crashes(project, f"did not answer HTTP within {seconds} s", "")
            if project.server.status.tail:
                break
    assert "no good" in project.log.kept


async def _crashes(project: Project, reason: str, said: str) -> None:
    status = await project.server.start()
    assert status.state is ServerState.CRASHED
    assert reason in status.reason
    assert not said or said in status.tail
    crash = project.told("server_crashed")
    assert len(crash) == 1
    assert crash[0]["restart_in_s"] is None
    assert not project.server.wakes
    assert not said or said in project.log.kept


async def test_it_is_corrected(opened: Open) -> None:
    """After a crash it starts when asked again, as the project is then."""
    async with opened() as project:
        project.script("exit 1")
        assert (await project.server.start()).state is ServerState.CRASHED
        project.serve()
        status = await project.server.start()
        assert status.state is ServerState.RUNNING
        assert status.tail == ("listening",)


async def test_an_error_is_an_answer(opened: Open) -> None:
    """A server whose every answer is 500 runs."""
    async with opened() as project:
        project.serve(source=SERVER.replace("status = 200", "status = 500"))
        assert (await project.server.start()).state is ServerState.RUNNING


async def test_what_answers_is_no_http(opened: Open) -> None:
    """A server of something else does not run."""
    source = "import os,socket\ns=socket.create_server(('127.0.0.1',int(os.environ['PORT'])))\n"
    async with opened(settings=quick(start_seconds=1)) as project:
        project.serve(source=f"{source}while True: s.accept()[0].sendall(b'220 mail ready\\r\\n' * 9)\n")
        assert (await project.server.start()).state is ServerState.CRASHED


async def test_its_port_is_taken_inside(opened: Open) -> None:
    """What it printed about that is what people get to see."""
    async with opened() as project:
        project.serve()
        taken = "import os,socket,subprocess,sys\ns=socket.create_server(('127.0.0.1',int(os.environ['PORT'])))\n"
        (project.layout.app / "first.py").write_text(
            f"{taken}sys.exit(subprocess.call([sys.executable,'-I','server.py']))\n", encoding="utf-8"
        )
        manifest = project.layout.app / "package.json"
        manifest.write_text(manifest.read_text("utf-8").replace("server.py", "first.py"), encoding="utf-8")
        status = await project.server.start()
        assert status.state is ServerState.CRASHED
        assert "Address already in use" in "\n".join(status.tail)


async def test_it_crashes_and_is_started_again(opened: Open, level: Level) -> None:
    """It comes back by itself after a wait, until it crashed too often."""
    async with opened(settings=quick(crashes=3, backoff=(0.05, 0.1))) as project:
        project.serve()
        await project.server.start()
        first = project.pid
        for number in (1, 2):
            await project.get("/crash")
            await project.until("preview_ready", number + 1)
            assert await project.get() == b"hello"
        assert not alive(first)
        await project.get("/crash")
        await project.until("server_crashed", 3)
        crashes = project.told("server_crashed")
        assert [crash["restart_in_s"] for crash in crashes] == [0.05, 0.1, None]
        assert [crash["exit"] for crash in crashes] == ["exit code 3"] * 3
        assert crashes[0]["tail"] == ["listening", "about to crash"]
        assert project.server.status.state is ServerState.CRASHED
        assert (await project.server.start()).state is ServerState.RUNNING


async def test_who_does_not_want_to_wait(opened: Open) -> None:
    """A start that is asked for while it waits for its next one comes at once."""
    async with opened(settings=quick(backoff=(600.0,))) as project:
        project.serve()
        await project.server.start()
        await project.get("/crash")
        await project.until("server_crashed")
        assert project.server.status.state is ServerState.STARTING
        with trio.fail_after(10):
            assert (await project.server.start()).state is ServerState.RUNNING


async def test_it_is_stopped_while_it_waits(opened: Open) -> None:
    """A stop ends the wait after a crash too, and whoever waits for the start is told."""
    async with opened(settings=quick(backoff=(600.0,))) as project:
        project.serve()
        await project.server.start()
        await project.get("/crash")
        await project.until("server_crashed")
        with trio.fail_after(5):
            await project.server.stop("enough")
        assert project.server.status.state is ServerState.STOPPED
        assert project.server.wakes


async def test_it_is_idle(opened: Open) -> None:
    """It is stopped when nobody visits it, and not before."""
    async with opened(settings=quick(idle_seconds=0.3)) as project:
        project.serve()
        await project.server.start()
        with project.server.visiting():
            await trio.sleep(0.6)  # twice as long as it may be idle: it would be stopped
            assert project.server.status.state is ServerState.RUNNING
            assert project.server.idle_since is None
        await project.until("server_stopped")
        assert project.server.wakes
        assert (await project.server.start()).state is ServerState.RUNNING


async def test_restart(opened: Open, level: Level) -> None:
    """Another process serves the project as it is then; nothing of the first is left."""
    async with opened() as project:
        project.serve()
        await project.server.start()
        first = project.pid
        project.serve(source=SERVER.replace("status = 200", "status = 404"))
        assert (await project.server.restart()).state is ServerState.RUNNING
        assert not alive(first)
        assert project.pid != first
        assert await project.get() == b"hello"


async def test_stop_while_it_starts(opened: Open, level: Level) -> None:
    """It takes no time, and whoever waited for the start is told that it is stopped."""
    async with opened() as project:
        project.script("exec sleep 60")
        states = []

        async def wait() -> None:
            states.append((await project.server.start()).state)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await project.until("server_started")
            with trio.fail_after(3):
                await project.server.stop("cancelled")
        assert states == [ServerState.STOPPED]


@pytest.mark.parametrize("when", ["server_started", "preview_ready", "server_crashed"])
async def test_the_project_is_closed(opened: Open, when: str) -> None:
    """Nothing is left of it, whenever that happens: `opened` looks."""
    async with opened(settings=quick(backoff=(600.0,))) as project:
        project.serve()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(project.server.start)
            await project.until("server_started")
            if when == "server_started":
                nursery.cancel_scope.cancel()
        if when == "server_crashed":
            await project.get("/crash")
            await project.until(when)


async def test_a_flood(opened: Open) -> None:
    """One that prints without end answers all the same, and its log does not grow with it."""
    flood = "import threading\ndef flood():\n    while True: print('x' * 60)\nthreading.Thread(target=flood).start()\n"
    async with opened() as project:
        began = trio.current_time()
        project.serve(source=f"{flood}{SERVER}")
        assert (await project.server.start()).state is ServerState.RUNNING
        assert await project.get() == b"hello"
        await until(lambda: any("left out" in line for line in project.log.kept), 30, "more lines than are kept")
        printed = project.log.kept.count("x" * 60)
        assert BURST_LINES / 2 < printed <= BURST_LINES + LINES_PER_SECOND * (trio.current_time() - began)
        assert len(project.server.status.tail) == 40
        with trio.fail_after(5):
            await project.server.stop("enough")


async def test_a_line_without_end(opened: Open) -> None:
    """One line of many megabytes is cut."""
    async with opened(settings=quick(start_seconds=3)) as project:
        project.script("head -c 8000000 /dev/zero | tr '\\\\0' x; exit 1")
        status = await project.server.start()
        assert status.state is ServerState.CRASHED
        assert len(status.tail[0]) < 600
        assert sum(map(len, project.log.kept)) < 200_000


async def test_it_leaves_no_descriptor(opened: Open) -> None:
    """Starting and stopping does not use anything up."""
    async with opened() as project:
        project.serve()
        await project.server.start()
        await project.server.stop("first")
        before = descriptors()
        for _ in range(3):
            await project.server.start()
            await project.get()
            await project.server.stop("again")
        await until(lambda: descriptors() <= before, what=f"the return to {before} descriptors")


async def test_connections_that_wait(opened: Open) -> None:
    """More connections than the app takes are refused, and do not lead nowhere."""
    source = "import os,socket,time\ns=socket.create_server(('127.0.0.1',int(os.environ['PORT'])))\n"
    answer = "c=s.accept()[0]\nc.recv(999)\nc.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n')\nc.close()\n"
    deaf = "time.sleep(99)\n"  # it accepts no more, and is ended with its project
    async with opened() as project:
        project.serve(source=f"{source}{answer}{deaf}")
        assert (await project.server.start()).state is ServerState.RUNNING
        streams = []
        refused: list[str] = []
        for _ in range(600):
            try:
                streams.append(await project.server.connect())
            except Exception as error:  # noqa: BLE001 - looked at below
                refused.append(str(error))
                break
        for stream in streams:
            await trio.aclose_forcefully(stream)
        assert refused == ["too many connections wait for the app"]
