"""What people and programs do to a server, or do not do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.e2e.builds.rounds import body
from tests.e2e.jobs import files_of, upload
from tests.faults.clients import connect, head, upgrade
from tests.monitoring.faults.base import Victim, meanwhile
from tests.standins.orchestrator import Answer

CONNECTIONS: Final = 100
"""That the victim of `many_connections` may have."""


@asynccontextmanager
async def full_queue(victim: Victim) -> AsyncIterator[None]:
    """One job runs and takes its time, and as many wait as may."""
    jobs: list[str] = []
    while True:
        answer = await victim.client.post("/upload", data={"speed": "60"}, files=files_of())
        if answer.status_code == 503:
            break
        jobs.append(answer.json()["id"])
    yield
    for job in reversed(jobs):
        await victim.client.delete(f"/jobs/{job}")


@asynccontextmanager
async def refused_uploads(victim: Victim) -> AsyncIterator[None]:
    """People go on uploading while the queue is full."""
    async with full_queue(victim):

        async def refused() -> None:
            assert (await victim.client.post("/upload", files=files_of())).status_code == 503

        async with meanwhile(refused):
            yield


@asynccontextmanager
async def many_connections(victim: Victim) -> AsyncIterator[None]:
    """As many connections as may be, but for a few."""
    port = victim.server.port

    async def idle() -> None:
        async with await connect(port) as stream:
            await stream.send_all(head(port))
            while await stream.receive_some():
                pass

    async with meanwhile(*[idle] * (CONNECTIONS - 8)):
        yield


@asynccontextmanager
async def readers_that_do_not_read(victim: Victim) -> AsyncIterator[None]:
    """Some follow a job and never read; there are more events than fit into what the kernel holds for them."""
    job = await upload(victim.client, speed=1, steps=1000, detail=0)
    streams = [await connect(victim.server.port, receive_buffer=2048) for _ in range(12)]
    for stream in streams:
        await stream.send_all(upgrade(victim.server.port, f"/ws/{job}"))
    yield
    for stream in streams:
        await stream.aclose()


@asynccontextmanager
async def absent_orchestrator(victim: Victim) -> AsyncIterator[None]:
    """Nobody takes the messages of a build."""
    await victim.client.post("/api/build", json=body("absent", pipeline="template"))
    yield


@asynccontextmanager
async def refusing_orchestrator(victim: Victim) -> AsyncIterator[None]:
    """The orchestrator is there, and can make nothing of what it is sent."""
    assert victim.outside is not None
    victim.outside.default = Answer(status=422)
    await victim.outside.come_back()
    await victim.client.post("/api/build", json=body("refused", pipeline="template"))
    yield
