"""A machine that is short of descriptors or processes, or slow: refused in words, and well afterwards."""

import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
import trio

from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.disk_actions import Site, make_a_job, open_failing_site, upload_photos
from tests.faults.machine.failing import ENDLESS, Failing, Kind
from tests.waiting import until


@asynccontextmanager
async def open_site(folder: Path) -> AsyncIterator[tuple[Site, Failing]]:
    """A server whose calls fail on order, and whose start is over."""
    async with open_failing_site(folder) as (site, failing):
        await _started(site.server)
        yield site, failing


async def _started(server: ServerProcess) -> None:
    """Wait for what a start looks for in the background, with processes of its own."""
    await until(lambda: "The sandbox is at level" in server.said, 60, "the end of the start")


def crashes(server: ServerProcess) -> list[str]:
    """What crashed under a supervisor; attempts of jobs may, and are tried again."""
    return [line for line in server.said.splitlines() if "actors.runtime.supervisor" in line]


async def _well(site: Site) -> None:
    """It serves, and takes and ends jobs."""
    assert site.server.process.poll() is None
    job = await make_a_job(site)
    assert (await site.client.get(f"/jobs/{job}")).json()["state"] == "succeeded"


@pytest.mark.real
async def test_out_of_descriptors(tmp_path: Path) -> None:
    """Connections beyond wait or are let go; whoever has one is answered, and all is well when there are some again."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        site = Site(server, client)
        await _started(server)
        await make_a_job(site)
        before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (server.fds + 8, before[1]))
        streams = []
        for _ in range(40):
            with suppress(OSError), trio.move_on_after(1):
                streams.append(await trio.open_tcp_stream("127.0.0.1", server.port))
        with suppress(httpx.TransportError), trio.move_on_after(5):
            await upload_photos(site)
        assert server.process.poll() is None
        for stream in streams:
            await stream.aclose()
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        await until(lambda: _answers(client), 20, "an answer")
        await _well(site)
        assert crashes(server) == []


async def _answers(client: httpx.AsyncClient) -> bool:
    with suppress(httpx.TransportError):
        return (await client.get("/health")).status_code == 200
    return False


@pytest.mark.real
async def test_out_of_processes(tmp_path: Path) -> None:
    """What takes a process is refused with the reason, and everything else goes on."""
    async with open_site(tmp_path) as (site, failing):
        with failing.failing(Kind.FORK, tmp_path, times=ENDLESS, error=11):
            assert not await upload_photos(site)
            assert site.answers[-1] == 503
            assert (await site.client.get("/health")).status_code == 200
            assert failing.failed
        await _well(site)
        assert "Resource temporarily unavailable" in site.server.said
        assert crashes(site.server) == []


@pytest.mark.real
@pytest.mark.slow
async def test_a_slow_disk(tmp_path: Path) -> None:
    """Each sync takes a second: whoever waits for one waits, and nobody else does."""
    async with open_site(tmp_path) as (site, failing):
        job = await make_a_job(site)
        with failing.waiting(Kind.SYNC, site.server.data, 1.0):
            async with trio.open_nursery() as nursery:
                began = time.monotonic()
                nursery.start_soon(upload_photos, site)
                for _ in range(10):
                    with trio.fail_after(5):
                        assert (await site.client.get("/health")).status_code == 200
                        assert (await site.client.get(f"/jobs/{job}")).status_code == 200
            assert site.answers[-1] == 202
            # Two photos, their directory, the job's, that of all jobs, and the journal.
            assert time.monotonic() - began > 4, "it was answered before it was on the disk"
        await site.settle()
        assert crashes(site.server) == []
