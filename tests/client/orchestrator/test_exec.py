"""Commands in workspaces."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import trio

from client.orchestrator.command import Command
from tests import needs
from tests.client.orchestrator.standin import DONE, PATIENCE, World, open_world
from tests.waiting import until

pytestmark = pytest.mark.real

NDJSON = "application/x-ndjson, application/json"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """An orchestrator, an agent, and a workspace that no run has."""
    async with open_world(tmp_path) as world:
        (world.agent.workspaces / "ws").mkdir()
        yield world


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not a zombie."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.parametrize(
    ("line", "detached"),
    [
        ("npm start", True),
        (" npm  start ", True),
        ("npm run dev", True),
        ("npm run serve -- --port 3", True),
        ("npm run build", False),
        ("npm start && true", False),
        ("npm started", False),
        ("npm install", False),
    ],
)
def test_what_is_detached(line: str, detached: bool) -> None:
    """What starts an app, and nothing else."""
    assert Command("ws", Path(), line, None).detached is detached


async def test_a_command(world: World) -> None:
    """It runs in the workspace, for a shared group, without the orchestrator's variables, and is waited for."""
    line = "pwd; umask; echo $SECRET; echo oops >&2; exit 3"
    os.environ["SECRET"] = "value"
    try:
        answer = await world.agent.execute("ws", line)
    finally:
        del os.environ["SECRET"]
    place = (world.agent.workspaces / "ws").resolve()
    assert answer == {"exitCode": 3, "stdout": f"{place}\n0002\n\n", "stderr": "oops\n"}


async def test_lines(world: World) -> None:
    """They come as they are printed, and the exit code last."""
    (world.agent.workspaces / "ws" / "gate").write_bytes(b"")
    line = "echo one; while [ -e gate ]; do sleep 0.02; done; printf two >&2; exit 4"
    path = "/api/workspaces/ws/exec"
    got: list[object] = []
    async with world.client.stream("POST", path, json={"command": line}, headers={"Accept": NDJSON}) as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        async for text in answer.aiter_lines():
            # A blank line only shows that the command lives.
            got += [json.loads(text)] if text else []
            if got == [{"output": "one"}]:
                (world.agent.workspaces / "ws" / "gate").unlink(missing_ok=True)
    assert got == [{"output": "one"}, {"output": "two"}, {"exitCode": 4}]


@pytest.mark.parametrize("accept", [NDJSON, "application/json"])
async def test_whoever_asked_has_left(world: World, accept: str) -> None:
    """The command ends with the request."""
    note = world.agent.workspaces / "ws" / "pid"
    command = {"command": "echo $$ > pid.part; mv pid.part pid; sleep 1000 & sleep 1000"}

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=world.orchestrator.url, trust_env=False, timeout=PATIENCE) as client:
            await client.post("/api/workspaces/ws/exec", json=command, headers={"Accept": accept})

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await until(note.exists, PATIENCE)
        nursery.cancel_scope.cancel()
    pid = int(note.read_text())
    await until(lambda: not is_alive(pid), PATIENCE)


async def test_the_time_is_over(tmp_path: Path) -> None:
    """A command has its time, and then ends."""
    async with open_world(tmp_path, command_seconds=1.0) as world:
        (world.agent.workspaces / "ws").mkdir()
        answer = await world.agent.execute("ws", "echo begun; sleep 1000")
        assert (answer["exitCode"], answer["stdout"]) == (124, "begun\n")
        body = {"command": "echo begun; sleep 1000"}
        lines = (await world.agent.post("/api/workspaces/ws/exec", body, Accept=NDJSON)).text.splitlines()
        assert json.loads(lines[-1]) == {"exitCode": 124}


async def test_too_many_commands(tmp_path: Path) -> None:
    """There is a bound, and it is said."""
    async with open_world(tmp_path, commands_at_once=0) as world:
        (world.agent.workspaces / "ws").mkdir()
        answer = await world.agent.post("/api/workspaces/ws/exec", {"command": "true"})
        assert answer.status_code == 503
        streamed = await world.agent.post("/api/workspaces/ws/exec", {"command": "true"}, Accept=NDJSON)
        assert streamed.text.endswith('{"exitCode": 1}\n')


async def test_a_flood(world: World) -> None:
    """Of much output the end is kept."""
    answer = await world.agent.execute("ws", "yes 0123456789 | head -c 3000000; echo last")
    assert answer["stdout"].endswith("last\n")
    assert len(answer["stdout"]) < 300_000
    assert "bytes cut" in answer["stdout"]


async def test_an_app_is_detached(world: World) -> None:
    """It is answered at once and goes on; a second start ends the first; so does the end of the run."""
    needs.npm()
    run = await world.create()
    workspace, pids = run["workspaceId"], []
    world.agent.write_app(workspace)
    for _ in range(2):
        started = await world.agent.execute(workspace, "npm start")
        assert (started["status"], started["detached"]) == ("started", True)
        pids.append(started["pid"])
    assert [is_alive(pid) for pid in pids] == [False, True]
    await world.agent.say(run["id"], DONE, "success")
    await world.until(run["id"], app="healthy")
    # What ends by itself is seen to have ended.
    os.kill(pids[1], 9)
    stopped = await world.until(run["id"], app="stopped")
    assert "exit code 137" in stopped["app"]["detail"]


async def test_an_app_that_ends_at_once(world: World) -> None:
    """What it said is the answer."""
    needs.npm()
    world.agent.write_app("ws", 'console.error("no such port"); process.exit(7);')
    # On a busy machine npm takes longer to begin than an app may take to count as started.
    app = await world.orchestrator.service.start_app(await world.orchestrator.service.command("ws", "npm start"))
    with trio.fail_after(PATIENCE):
        await app.ended.wait()
    assert app.code == 7
    assert "no such port" in app.tail.text


async def test_no_workspaces_folder(tmp_path: Path) -> None:
    """A person is told how to name another."""
    async with open_world(tmp_path, workspaces=tmp_path / "elsewhere") as world:
        answer = await world.agent.post("/api/workspaces/ws/exec", {"command": "true"})
        assert answer.status_code == 404
        assert "--workspaces" in answer.json()["hint"]
