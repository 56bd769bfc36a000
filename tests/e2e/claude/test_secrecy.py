"""The key stays unseen: by programs of the app, by the agent, in files, events and answers, and by who looks around."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.claude.stage import KEY
from tests.e2e.claude.world import Made, Visit, World
from tests.e2e.processes import all_pids
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

PART = KEY[-12:]
SIGNS = (KEY, PART, base64.b64encode(KEY.encode()).decode(), PART.encode().hex())
ANSWERS = ("", "/status", "/versions", "/log", "/files", "/files/found.json", "/preview")


async def test_the_key_is_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while an agent works nor after it, though its programs look for it."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    _have_it_looked_for(world)
    async with world.open(claude_retries=0) as visit:
        project = await _made_while_watched(visit)
        assert {request["headers"]["x-api-key"] for request in world.asked("look-around")} == {KEY}
        found = json.loads(await project.file("found.json"))
        assert found["files"] == ["ENOENT", "ENOENT"]
        assert len(found["seen"]) > 2
        assert "ANTHROPIC" not in json.dumps(found)
        await _nothing_is_answered(visit, project)
        refused = await visit.made("Say hello. scenario=key-refused", "failed")
        await _nothing_is_answered(visit, refused)
        assert [str(path) for path in _files(world) if _shown(path.read_bytes().decode("latin-1"))] == []


async def test_the_key_of_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes from the server's environment to the agent, and to no other process."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    _have_it_looked_for(world)
    async with world.open(claude_key_file="") as visit:
        project = await _made_while_watched(visit)
        assert "ANTHROPIC" not in await project.file("found.json")
        assert {request["headers"]["x-api-key"] for request in world.asked("look-around")} == {KEY}
        assert [str(path) for path in _files(world) if _shown(path.read_bytes().decode("latin-1"))] == []


def _have_it_looked_for(world: World) -> None:
    """Write the scripts: of a model that has a program look, and of an API that says the key in its error."""
    text = (Path(__file__).parents[2] / "standins/messages_api/scripts/page-environment.json").read_text()
    script = json.loads(text)
    script[1]["tools"][0]["input"]["argv"] += [str(world.place / "key"), str(world.place / "data" / "claude")]
    (world.api.scripts / "look-around.json").write_text(json.dumps(script))
    refused = [{"status": 401, "message": f"invalid x-api-key: {KEY}", "times": 9}]
    (world.api.scripts / "key-refused.json").write_text(json.dumps(refused))


async def _made_while_watched(visit: Visit) -> Made:
    """Have a project made whose programs look for the key, as others look at them."""
    seen: set[int] = set()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_watch, visit, seen)
        project = await visit.made("Look around. scenario=look-around")
        nursery.cancel_scope.cancel()
    assert len(seen) > 2
    return project


async def _watch(visit: Visit, seen: set[int]) -> None:
    """Look at all that other users could, of all processes that the server has started."""
    while True:
        family = {pid for pid, _ in visit.server.family()}
        for pid in family & set(all_pids()):
            seen.add(pid)
            await _becomes_a_program(visit.server.pid, pid)
            for kind in ("environ", "cmdline"):
                assert not _shown(_read(Path(f"/proc/{pid}/{kind}"))), _read(Path(f"/proc/{pid}/cmdline"))
        await trio.sleep(0.1)  # processes come and go, and nobody tells


async def _becomes_a_program(server: int, pid: int) -> None:
    """Wait until a process is no copy of the server any more: it is one from its fork to its exec, with all it had."""
    own = _read(Path(f"/proc/{server}/cmdline"))
    await until(lambda: _read(Path(f"/proc/{pid}/cmdline")) != own, 10, "a program in place of the server's copy")


async def _nothing_is_answered(visit: Visit, project: Made) -> None:
    for path in ("/health/ready", "/api/projects", "/api/generators", *(f"{project.path}{what}" for what in ANSWERS)):
        assert not _shown((await visit.client.get(path)).text), path
    assert not _shown(json.dumps(await project.events()))


def _files(world: World) -> Iterator[Path]:
    """Yield all files but the key's own and the log of the stand-in, which has all requests."""
    own = {world.place / "key", world.place / "messages_api" / "log", world.api.scripts / "key-refused.json"}
    return (path for path in world.place.rglob("*") if path.is_file() and path not in own)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("latin-1")
    except OSError:
        return ""


def _shown(text: str) -> bool:
    return any(sign in text for sign in SIGNS)
