"""A server that gets no more memory: what it accepted is kept, and afterwards it serves, or it has ended itself."""

import resource
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import trio

from app.vital import EXIT_CODE, PATIENCE
from tests.e2e.jobs import FINAL, states, upload
from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.disk_actions import Site, make_a_job, upload_photos
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

AT_ONCE = 12
ROUNDS = 2
SPARE = 256 * 1024
"""Bytes that it may take besides what it has: a new thread wants more."""


def address_space(pid: int) -> int:
    """Bytes of addresses that a process has mapped."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


async def _use(site: Site) -> None:
    """Upload, ask, list; a connection that breaks is nothing special here."""
    with suppress(httpx.TransportError), trio.move_on_after(5):
        await upload_photos(site)
        await site.client.get("/jobs")
        await site.client.get("/api/board")


async def _crowd(site: Site) -> None:
    for _ in range(ROUNDS):
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(_use, site)


async def test_out_of_memory(tmp_path: Path) -> None:
    """While many upload: no promise is broken, and none of them is answered with a bug's message."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        site = Site(server, client)
        await until(lambda: "The sandbox is at level" in server.said, 60, "the end of the start")
        await make_a_job(site)
        before = resource.prlimit(server.pid, resource.RLIMIT_AS)
        resource.prlimit(server.pid, resource.RLIMIT_AS, (address_space(server.pid) + SPARE, before[1]))
        await _crowd(site)
        # Else there was memory enough, and nothing of this was tried.
        assert 503 in site.answers or server.process.poll() is not None, Counter(site.answers)
        if server.process.poll() is None:
            resource.prlimit(server.pid, resource.RLIMIT_AS, before)
            await _well_or_ended(site)
        await _end(server)
    async with serving(tmp_path / "data") as again, calling(again) as client:
        await Site(again, client, site.jobs, site.gone).settle()
        assert set((await states(client)).values()) <= FINAL


async def _well_or_ended(site: Site) -> None:
    """A thread that found no memory when it began never says so: what waits for it is ended with the server."""

    async def is_over() -> bool:
        if site.server.process.poll() is not None:
            return True
        with suppress(httpx.HTTPError):
            ready = (await site.client.get("/health/ready", timeout=5)).status_code == 200
            return ready and set((await states(site.client)).values()) <= FINAL
        return False

    await until(is_over, 3 * PATIENCE, "its return, or its end")
    if site.server.process.poll() is None:
        await upload(site.client, speed=0)
        await until(is_over, 60, "the end of one more job")


async def _end(server: ServerProcess) -> None:
    """Stop it, unless it has ended itself."""
    if server.process.poll() is None:
        assert await server.stop() == 0
    else:
        assert server.process.returncode == EXIT_CODE
        assert "start it again" in server.said
