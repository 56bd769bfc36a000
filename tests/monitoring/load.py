"""A server with something of everything to do, for as long as a test looks at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import trio

from tests.e2e.builds.outside import Outside, open_outside
from tests.e2e.builds.rounds import body
from tests.e2e.jobs import FINAL, upload
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, calling, serving
from tests.e2e.tokens import callboard

_PAUSE_S = 0.1


@asynccontextmanager
async def loaded(folder: Path) -> AsyncIterator[tuple[ServerProcess, str]]:
    """A server that wants a token of everybody, under load; with it, a token that may read figures and nothing else."""
    data = folder / "data"
    code, metrics, said = await callboard(data, "add", "prometheus", "--scope", "metrics")
    assert code == 0, said
    _, worker, _ = await callboard(data, "add", "worker", "--scope", "admin")
    async with open_outside(folder / "workspaces") as outside:
        settings: dict[str, Any] = {"orchestrator_url": outside.url, "workspaces_root": outside.root, "jobs_at_once": 1}
        async with (
            serving(data, require_token=True, **settings) as server,
            calling(server, worker) as client,
            trio.open_nursery() as nursery,
        ):
            for work in (_jobs, _builds, _requests):
                nursery.start_soon(work, client, outside)
            nursery.start_soon(_follow_events, client)
            nursery.start_soon(_follow, server, worker, client)
            yield server, metrics
            nursery.cancel_scope.cancel()


async def _jobs(client: httpx.AsyncClient, _: Outside) -> None:
    """Short jobs, more than can run at once, and a project."""
    answer = await client.post("/api/generate", json={"prompt": "a habit tracker", "generator": "template"})
    assert answer.status_code == 202, answer.text
    while True:
        for _number in range(2):
            await upload(client, speed=0.1, steps=20, detail=0)
        await trio.sleep(1)  # a bounded load, and no condition


async def _builds(client: httpx.AsyncClient, _: Outside) -> None:
    """One after the other."""
    number = 0
    while True:
        number += 1
        await client.post("/api/build", json=body(f"run-{number}", pipeline="template"))
        await trio.sleep(2)  # as above


async def _requests(client: httpx.AsyncClient, _: Outside) -> None:
    """Of many kinds, some of which nobody declares; and an upload that is kept open."""
    await client.post("/uploads", json={})
    while True:
        for path in ("/health", "/jobs", "/engines", "/api/builds", "/nothing", "/jobs/none", "/health/ready"):
            await client.get(path)
        await trio.sleep(_PAUSE_S)  # as above


async def _newest(client: httpx.AsyncClient) -> str:
    """The id of the newest job, once there is one."""
    while True:
        jobs = (await client.get("/jobs", params={"limit": 1})).json()["jobs"]
        if jobs:
            return str(jobs[0]["id"])
        await trio.sleep(_PAUSE_S)  # between two looks


async def _follow_events(client: httpx.AsyncClient) -> None:
    """Follow one job after the other by Server-Sent Events."""
    while True:
        job = await _newest(client)
        async with client.stream("GET", f"/events/{job}", headers={"Accept": "text/event-stream"}) as stream:
            async for _ in stream.aiter_lines():
                pass
        await trio.sleep(_PAUSE_S)  # what has ended is not asked for without a pause


async def _follow(server: ServerProcess, token: str, client: httpx.AsyncClient) -> None:
    """The same on WebSockets, several at once."""
    while True:
        job = await _newest(client)
        if (await client.get(f"/jobs/{job}")).json()["state"] in FINAL:
            await trio.sleep(_PAUSE_S)  # until there is one that goes on
            continue
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                reader = Reader(job, headers=(f"Sec-WebSocket-Protocol: callboard, bearer.{token}",))
                nursery.start_soon(reader.follow, server.port)
