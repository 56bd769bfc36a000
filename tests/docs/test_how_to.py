"""What the how-to pages show works: the engine is an engine, and the front ends follow a job across a restart."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from pydantic import BaseModel

from actors.jobs.engines.base import Engine, EngineFailed
from actors.jobs.engines.glb_inspect import inspect_glb
from actors.jobs.engines.table import make_engines
from app.composition import jobs
from app.main import Server, open_server
from app.settings import Settings
from tests.actors.jobs.engines.support import Recorder, make_job, models_in
from tests.app.web.browser import Tab
from tests.docs.markdown import blocks, read
from tests.docs.support import ended, form, module_of, upload
from tests.ports import free_port
from tests.validator.khronos import assert_valid
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest.fixture
def cubes(tmp_path: Path) -> Engine:
    """The engine of the page, as a module of its own."""
    engine: Engine = module_of("how-to/add-an-engine.md", tmp_path / "cubes.py").CubesEngine()
    return engine


def test_the_engines_parameters_are_as_the_page_asks(cubes: Engine) -> None:
    """Defaults, bounds and descriptions."""
    parameters: type[BaseModel] = cubes.parameters
    assert parameters()
    for field in parameters.schema()["properties"].values():
        assert field["description"].endswith(".")
        assert {"minimum", "maximum", "default"} <= field.keys()


async def test_the_engine_keeps_the_contract(cubes: Engine, tmp_path: Path) -> None:
    """A valid model with true facts, a failure that is a result, and nothing left by a cancel."""
    recorder = Recorder()
    output = await cubes.run(make_job(cubes, tmp_path / "work"), recorder)
    info = inspect_glb(output.model)
    measured = (output.metadata["triangles"], output.metadata["vertices"], output.metadata["bytes"])
    assert measured == (info.triangles, info.vertices, info.bytes) == (12, 8, info.bytes)
    assert recorder.fractions == [0.25, 0.5, 0.75, 1.0]

    with pytest.raises(EngineFailed) as caught:
        await cubes.run(make_job(cubes, tmp_path / "few", 3, {"most_photos": 1}), Recorder())
    assert caught.value.code
    assert caught.value.hint
    with trio.CancelScope() as scope:
        await cubes.run(make_job(cubes, tmp_path / "cancelled"), Recorder(lambda _: scope.cancel()))
    assert scope.cancelled_caught
    assert not models_in(tmp_path / "cancelled")


async def test_the_engines_model_is_valid(cubes: Engine, tmp_path: Path) -> None:
    """As the validator of the format judges it, where it is installed."""
    output = await cubes.run(make_job(cubes, tmp_path / "work"), Recorder())
    assert_valid(output.model)


async def test_a_listed_engine_is_offered_and_used(
    cubes: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line in the table is all that it takes."""
    monkeypatch.setattr(jobs, "make_engines", lambda spawn: {**make_engines(spawn), cubes.name: cubes})
    async with a_server(tmp_path, 0) as server, client_of(server) as client:
        assert cubes.name in [engine["name"] for engine in (await client.get("/engines")).json()["engines"]]
        job = await upload(client, "cubes", size="2")
        assert (await ended(client, job["id"]))["result"]["triangles"] == 12
        refused = await client.post("/upload", files=form(), data={"engine": "cubes", "size": "99"})
        assert refused.json()["errors"][0]["problem"] == "must be a number from 0.1 to 10, '99' was given"


@asynccontextmanager
async def a_server(folder: Path, port: int) -> AsyncIterator[Server]:
    """A server over a data directory that stays."""
    settings = Settings(data_dir=folder / "data", port=port, bind=("127.0.0.1",), default_engine="simulated")
    async with open_server(settings) as server:
        yield server


def client_of(server: Server) -> httpx.AsyncClient:
    """A client of a server."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}")


async def test_the_python_example_follows_across_a_restart(tmp_path: Path) -> None:
    """Each event once and in order, though the server stopped in the middle; an unknown job is told in words."""
    (code,) = blocks(read("how-to/write-another-front-end.md"), "python")
    script, port, lines = tmp_path / "follow.py", free_port(), tmp_path / "lines"
    script.write_text(code.text)
    url = f"http://127.0.0.1:{port}"
    async with trio.open_nursery() as nursery:
        async with a_server(tmp_path, port) as server, client_of(server) as client:
            argv = [sys.executable, str(script), url]
            unknown = await trio.run_process([*argv, "job-nothing"], check=False, capture_stderr=True)
            assert b"nothing by the id job-nothing" in unknown.stderr
            job = await upload(client, speed="0.3")
            nursery.start_soon(run_into, [*argv, job["id"]], lines)
            await until_it_says(lines, "progress")
        async with a_server(tmp_path, port):
            await until_it_says(lines, "end")
    told = [line.split(" ", 2) for line in lines.read_text().splitlines()]
    assert [int(seq) for seq, _, _ in told] == list(range(1, len(told) + 1))
    assert json.loads(told[-1][2])["state"] == "succeeded"


async def run_into(argv: list[str], lines: Path) -> None:
    """Run a program, with what it prints in a file."""
    with lines.open("wb") as file:
        await trio.run_process(argv, stdout=file)


async def until_it_says(lines: Path, kind: str) -> None:
    """Wait for an event of a type."""
    await until(lambda: lines.exists() and f" {kind} " in lines.read_text(), 60, f"an event of type {kind}")


async def test_the_browser_example_follows_across_a_restart(tmp_path: Path, tab: Tab) -> None:
    """The same, in a page."""
    (code,) = blocks(read("how-to/write-another-front-end.md"), "js")
    port = free_port()
    async with a_server(tmp_path, port) as server, client_of(server) as client:
        job = await upload(client, speed="0.3")
        await tab.goto(f"http://127.0.0.1:{port}/docs")
        await tab.until("document.querySelectorAll('.operation').length")
        start = f"window.events = []; follow({json.dumps(job['links']['websocket'])}, (event) => events.push(event));"
        await tab.evaluate(f"{code.text}\n{start} undefined")
        await tab.until("events.some((event) => event.type === 'progress')")
    async with a_server(tmp_path, port):
        await tab.until("events.some((event) => event.type === 'end')")
    events: list[dict[str, Any]] = await tab.evaluate("events")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["data"]["state"] == "succeeded"
