"""A machine that is short of descriptors or processes, or slow: refused in words, and well afterwards."""

import resource
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
import trio

from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.clients import percentile
from tests.faults.disk_actions import Site, make_a_job, open_failing_site, upload_in_parts, upload_photos
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


@asynccontextmanager
async def keeping(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client with one connection, which it has and keeps."""
    limits = httpx.Limits(max_connections=1, keepalive_expiry=None)
    async with httpx.AsyncClient(
        base_url=server.url, limits=limits, timeout=30, trust_env=False, verify=False
    ) as client:
        assert (await client.get("/health")).status_code == 200
        yield client


@pytest.mark.real
async def test_out_of_descriptors(tmp_path: Path) -> None:
    """Connections beyond wait or are let go; whoever has one is answered, and all is well when there are some again."""
    async with serving(tmp_path / "data") as server, calling(server) as client, AsyncExitStack() as stack:
        await _started(server)
        await make_a_job(Site(server, client))
        # One each, as an upload that is refused before it was read ends its connection, and there is no other then.
        kept, whole, parts = [await stack.enter_async_context(keeping(server)) for _ in range(3)]
        before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        limit = server.fds + 8
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (limit, before[1]))
        async with AsyncExitStack() as streams:
            for _ in range(40):
                await streams.enter_async_context(await trio.open_tcp_stream("127.0.0.1", server.port))
            await until(lambda: "no connection can be accepted for now" in server.said, what="the last one's use")
            assert server.fds >= limit - 1
            assert (await kept.get("/health")).status_code == 200
            for way, through in ((upload_photos, whole), (upload_in_parts, parts)):
                site = Site(server, through)
                assert not await way(site)
                assert set(site.answers) == {503}
            assert (await kept.get("/health")).status_code == 200
            await until(lambda: server.fds >= limit - 1, what="the use of what became free")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        await until(lambda: _answers(client), 20, "an answer")
        await _well(Site(server, client))
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
async def test_out_of_threads(tmp_path: Path) -> None:
    """As where a bound on pids is met, which counts threads too: refused in words, nothing ends, and it goes on."""
    async with open_site(tmp_path) as (site, failing), keeping(site.server) as kept:
        with failing.failing(Kind.THREAD, tmp_path, times=ENDLESS):
            # Idle ones end after ten seconds: what is left over then does not do for many at once.
            await until(lambda: _idle_threads(site.server) <= 1, 60, "the end of idle threads")
            for _ in range(3):
                async with trio.open_nursery() as nursery:
                    for _ in range(8):
                        nursery.start_soon(_upload, site)
                assert (await kept.get("/health")).status_code == 200
            assert set(site.answers) <= {202, 503}
            assert 503 in site.answers, failing.last
            assert "no thread left" in site.server.said
            assert failing.failed > 0
        await until(lambda: _is_ready(kept), 20, "its return")
        await _well(site)
        assert crashes(site.server) == []
    async with serving(tmp_path / "data") as again, calling(again) as client:
        await Site(again, client, site.jobs).settle()


async def _upload(site: Site) -> None:
    # What is refused before it was read ends its connection, and the answer may be lost with it.
    with suppress(httpx.TransportError):
        await upload_photos(site)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


def _idle_threads(server: ServerProcess) -> int:
    """How many of its threads wait for work, by their names."""
    names = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{server.pid}/task").glob("*/comm")]
    return sum(name.startswith("Trio thread") for name in names)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "seconds", "least"),
    [
        # Two photos, their directory, the job's, that of all jobs, and the journal.
        pytest.param(Kind.SYNC, 1.0, 4, id="sync"),
        # Two photos, and the journal.
        pytest.param(Kind.WRITE, 1.0, 2, id="write"),
    ],
)
async def test_a_slow_disk(tmp_path: Path, kind: Kind, seconds: float, least: int) -> None:
    """Each call takes a second: whoever waits for one waits, and nobody else does."""
    async with open_site(tmp_path) as (site, failing):
        job = await make_a_job(site)
        before = [await _probe(site, job) for _ in range(30)]
        times: list[float] = []
        answered = trio.Event()

        async def upload() -> None:
            await upload_photos(site)
            answered.set()

        with failing.waiting(kind, site.server.data, seconds):
            async with trio.open_nursery() as nursery:
                began = time.monotonic()
                nursery.start_soon(upload)
                while not answered.is_set():
                    times.append(await _probe(site, job))
            assert site.answers[-1] == 202
            assert failing.failed >= least, failing.last
            assert time.monotonic() - began > least * seconds, "it was answered before it was on the disk"
        # Who waited for one call would have taken as long as it.
        assert len(times) > 30
        assert percentile(times, 99) < max(seconds / 2, 20 * percentile(before, 99)), sorted(times)[-5:]
        await site.settle()
        assert crashes(site.server) == []


async def _probe(site: Site, job: str) -> float:
    """Ask for what needs no disk, and for what is in the journal; the seconds of both."""
    began = time.monotonic()
    with trio.fail_after(20):
        assert (await site.client.get("/health")).status_code == 200
        assert (await site.client.get(f"/jobs/{job}")).status_code == 200
    return time.monotonic() - began
