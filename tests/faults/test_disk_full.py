"""A disk that is full for good, with so many pages left and no more, or read-only at the start: the kernel says so."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.e2e.builds.outside import open_outside
from tests.e2e.builds.rounds import Round, body, go_on
from tests.e2e.jobs import state, upload
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, calling, serving, start_process
from tests.faults.disk_actions import ACTIONS, Site, make_a_job
from tests.faults.machine.small import SmallDisk, open_small_disk
from tests.waiting import until

logger = logging.getLogger(__name__)

PAGES = (*range(12), *range(12, 40, 4), 64, 128, 2048)
"""What is left on the disk, from nothing to more than any action takes, in pages.

An action takes few of them, but the journal's log is brought into its file after each 1,000 pages, which may be then.
"""


@asynccontextmanager
async def open_site(tmp_path: Path) -> AsyncIterator[tuple[Site, SmallDisk]]:
    """A server whose data directory is on a small disk."""
    with open_small_disk(tmp_path) as disk:
        async with serving(disk.data) as server, calling(server) as client:
            yield Site(server, client), disk


def assert_no_crash(said: str) -> None:
    """A full disk is no bug."""
    assert [line for line in said.splitlines() if '"exception": ' in line] == []


@pytest.mark.real
@pytest.mark.slow
async def test_any_room_that_is_left(tmp_path: Path) -> None:
    """Each action with each number of pages: done, or refused in words, and whole again when there is room."""
    async with open_site(tmp_path) as (site, disk):
        await make_a_job(site)
        for action in ACTIONS:
            done = []
            for pages in PAGES:
                disk.leave(pages)
                with trio.fail_after(40):
                    done.append(await action(site))
                    assert (await site.client.get("/health")).status_code == 200
                    assert (await site.client.get("/jobs")).status_code == 200
                disk.clear()
                await site.settle()
            assert done[-1], f"{action.__name__} with {PAGES[-1]} pages: {site.answers[-9:]}"
            logger.info("%s: refused with %d of %d rooms", action.__name__, done.count(False), len(done))
        assert_no_crash(site.server.said)


@pytest.mark.real
async def test_jobs_that_run_while_it_is_full(tmp_path: Path) -> None:
    """Their events wait, their end comes when there is room, and who follows sees each event once."""
    async with open_site(tmp_path) as (site, disk):
        jobs = [await upload(site.client, speed=0.2, steps=40, detail=0) for _ in range(2)]
        # It has something to write each second: there is a write that fails, though the others may be through by then.
        ending = await upload(site.client, speed=60, steps=600, detail=0)
        readers = [Reader(job) for job in (*jobs, ending)]
        async with trio.open_nursery() as nursery:
            for reader in readers:
                nursery.start_soon(reader.follow, site.server.port)

            async def stuck() -> bool:
                # What is given back meanwhile, such as by a copy of the journal that did not fit, is taken again.
                disk.leave(0)
                return "The journal cannot be written" in (await site.client.get("/health/ready")).text

            await until(stuck, 20, "a write that cannot be made")
            # Cancelled meanwhile: heard, and said to be so when it is.
            answer = await site.client.delete(f"/jobs/{ending}", params={"cancel_only": True}, timeout=20)
            assert answer.status_code in (200, 202)
            assert (await site.client.get("/health/ready")).status_code in (200, 503)
            disk.clear()
        assert all(reader.whole for reader in readers)
        for job in jobs:
            # Its events could wait for room; its model could not, if it came to that just then.
            status = (await site.client.get(f"/jobs/{job}")).json()
            assert status["state"] == "succeeded" or "no room on the disk" in status["reason"], status
        assert await state(site.client, ending) == "cancelled"
        site.jobs.update(jobs)
        await site.settle()
        assert_no_crash(site.server.said)


@pytest.mark.real
@pytest.mark.slow
async def test_builds_with_any_room_that_is_left(tmp_path: Path) -> None:
    """A build is refused or ends; what it has told is delivered, once and in order, when there is room."""
    with open_small_disk(tmp_path) as disk:
        root = disk.root / "workspaces"
        root.mkdir()
        async with open_outside(root) as outside, go_on(outside, disk.data) as found:
            for pages in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 400):
                await _build_with(found, disk, pages)
            await found.nothing_left()
            assert found.crashes() == []


async def _build_with(found: Round, disk: SmallDisk, pages: int) -> None:
    run = f"run-{pages}"
    disk.leave(pages)
    answer = await found.client.post("/api/build", json=body(run))
    assert answer.status_code in (200, 500, 503, 507), answer.text
    if answer.status_code != 200:
        assert answer.json()["detail"]
        disk.clear()
        assert (await found.client.get(f"/api/builds/{run}")).status_code == 404
        await found.ask(run)
        await found.check(run)
        return

    async def stuck_or_over() -> bool:
        status = await found.status(run)
        ready = await found.client.get("/health/ready")
        # That there is little room makes it not ready, too, and is what is tried here.
        return status["state"] in ("succeeded", "failed") or "The journal cannot be written" in ready.text

    await until(stuck_or_over, 30, f"an end of {run}, or a write that cannot be made")
    disk.clear()
    ended = await found.end(run)
    assert ended["state"] in ("succeeded", "failed"), ended
    await found.check(run, str(ended["state"]))
    if ended["state"] == "failed":
        assert "room" in ended["reason"] or "space" in ended["reason"], ended
    logger.info("%s: %s %s", run, ended["state"], ended["reason"])


@pytest.mark.real
async def test_a_start_on_a_disk_that_cannot_be_written(tmp_path: Path) -> None:
    """Read-only or full: it says why and ends, and the next start on a disk that works goes on."""
    with open_small_disk(tmp_path) as disk:
        # What it logs is elsewhere.
        data = tmp_path / "data"
        data.symlink_to(disk.data)
        disk.data.mkdir()
        async with serving(data) as server, calling(server) as client:
            site = Site(server, client)
            await make_a_job(site)
        disk.remount("ro")
        server = await _start(data)
        assert server.process.returncode, "it serves"
        assert "Read-only file system" in server.said or "readonly" in server.said, server.said
        assert "Traceback" not in server.said
        disk.remount("rw")
        disk.leave(0)
        await _start_full(data)
        disk.clear()
        async with serving(data) as again, calling(again) as client:
            await Site(again, client, site.jobs).settle()


async def _start_full(data: Path) -> None:
    """Start with no page left: it serves what is there, or ends with words."""
    server = await _start(data)
    assert "Traceback" not in server.said, server.said
    if server.process.returncode is not None and "listening" not in server.said:
        assert "try:" in server.said, server.said
        assert "disk" in server.said.lower(), server.said


async def _start(data: Path) -> ServerProcess:
    """Start a server, and stop it when it serves; one that has ended by itself has a status other than 0."""
    server = await start_process(data)
    try:
        await until(lambda: "listening" in server.said or server.process.poll() is not None, 60, "a start or an end")
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 40):
            if server.process.poll() is None:
                await server.stop()
    return server
