"""The disk cannot be read any more: an answer is whole or says what is wrong, and afterwards all is as before."""

import errno
import logging
from pathlib import Path

import httpx
import pytest

from tests.e2e.jobs import ENDED
from tests.e2e.server import calling, serving
from tests.faults.disk_actions import Site, make_a_job, open_failing_site
from tests.faults.machine.failing import ENDLESS, Failing, Kind
from tests.waiting import until

logger = logging.getLogger(__name__)

pytestmark = [pytest.mark.real, pytest.mark.slow]

_READS = Kind.READ | Kind.OPEN
_FAR = 300
_JOBS = 12


async def _asked(client: httpx.AsyncClient, url: str, whole: bytes) -> str:
    """Ask once while the disk fails: what came of it."""
    try:
        answer = await client.get(url)
    except httpx.RemoteProtocolError:
        return "cut off, and seen to be"
    if answer.is_success:
        assert answer.content == whole, "a part that looks whole"
        return "whole"
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"], problem
    assert "incident" not in problem["detail"], f"answered as a bug: {problem}"
    assert problem["hint"], problem
    return str(answer.status_code)


async def _sweep(client: httpx.AsyncClient, failing: Failing, url: str, root: Path) -> set[str]:
    """Ask again and again, while the first read fails, then the second, until none is left: what came of them."""
    whole = (await client.get(url)).content
    found: set[str] = set()
    for times in (1, ENDLESS):
        for passed in range(_FAR):
            with failing.failing(_READS, root, passed=passed, times=times, error=errno.EIO):
                came = await _asked(client, url, whole)
                failed, last = failing.failed, failing.last
            assert (await client.get(url)).content == whole, f"still wrong after {last}"
            assert (await client.get("/health")).status_code == 200
            if not failed:
                assert came == "whole"
                logger.info("%s: %d reads failed", url, passed)
                break
            found.add(came)
        else:
            raise AssertionError(f"{url} never came to an end")
    return found


async def test_a_model(tmp_path: Path) -> None:
    """It is larger than one read; a part of it is the same."""
    async with open_failing_site(tmp_path) as (site, failing):
        job = await make_a_job(site)
        found = await _sweep(site.client, failing, f"/jobs/{job}/model", site.server.data / "jobs")
        assert found - {"whole"}, "no read of it has failed"


async def test_a_file_of_a_project(tmp_path: Path) -> None:
    """Small ones, which are read before the answer begins, and a large one, which is read while it is sent."""
    projects = tmp_path / "projects"
    async with open_failing_site(tmp_path, projects_root=projects) as (site, failing):
        client = site.client
        project = str((await client.post("/api/generate", json={"prompt": "a habit tracker"})).json()["id"])

        async def over() -> bool:
            return (await client.get(f"/api/projects/{project}")).json()["state"] in ENDED

        await until(over, 120, "the end of the run")
        app = projects / project / "generated-app"
        (app / "small.txt").write_text("small\n" * 100, encoding="ascii")
        (app / "large.txt").write_text("large\n" * 2_000_000, encoding="ascii")
        for name in ("small.txt", "large.txt"):
            found = await _sweep(client, failing, f"/api/projects/{project}/files/{name}", app)
            assert found - {"whole"}, f"no read of {name} has failed"


async def test_the_journal(tmp_path: Path) -> None:
    """Events that are no longer in memory come from it: each page is whole, or refused in words."""
    async with serving(tmp_path / "data") as first, calling(first) as client:
        site = Site(first, client)
        jobs = [await make_a_job(site) for _ in range(_JOBS)]
        told = {job: (await client.get(_events(job))).content for job in jobs}
    # What the first server had in memory, the second one has to read, and each page of it once.
    failed = 0
    async with open_failing_site(tmp_path) as (site, failing):
        server, client = site.server, site.client
        for job in jobs[:-1]:
            with failing.failing(Kind.READ, server.data, error=errno.EIO):
                await _asked(client, _events(job), told[job])
                failed += failing.failed
            assert (await client.get(_events(job))).content == told[job], f"still wrong: {failing.last}"
            assert (await client.get("/health")).json()["status"] == "ok"
        assert failed, "all of it was in memory"
        jobs.append(await make_a_job(site))
        # Where none succeeds, SQLite cannot tell that from a damaged file, and nothing more is written to it.
        with failing.failing(Kind.READ, server.data, times=ENDLESS, error=errno.EIO):
            assert await _asked(client, _events(jobs[-2]), told[jobs[-2]]) == "500"
        assert "The journal is damaged" in server.said
    async with serving(server.data) as later, calling(later) as client:
        for job, content in told.items():
            assert (await client.get(_events(job))).content == content
        await make_a_job(Site(later, client, set(jobs)))


def _events(job: str) -> str:
    return f"/events/{job}?after=0&limit=500"
