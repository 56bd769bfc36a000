"""`kill -9` of the server in the midst of its work: nothing that was accepted is lost, and nothing else is left."""

from pathlib import Path

import httpx
import pytest
import trio

from tests.e2e.jobs import ready, states, until_states, upload, upload_many
from tests.e2e.processes import alive
from tests.e2e.reader import Reader
from tests.e2e.server import TINY_SPEED, ServerProcess, calling, serving
from tests.waiting import until

RUNNING = 20
QUEUED = 20


async def _until_in_full_swing(client: httpx.AsyncClient, readers: list[Reader]) -> None:
    async def all_run() -> bool:
        return bool((await ready(client))["jobs"]["running"] == RUNNING)

    await until(all_run, 30, "the start of all that can run")
    await until(lambda: sum(reader.last >= 5 for reader in readers) >= RUNNING, 30, "progress of all that run")


async def _upload_and_kill(data: Path, readers: list[Reader]) -> ServerProcess:
    """Kill a server while jobs run, wait, are followed and are uploaded."""
    async with serving(data, jobs_at_once=RUNNING) as server, calling(server) as client:
        ids = await upload_many(client, RUNNING, speed=60, steps=600, detail=0)
        ids += await upload_many(client, QUEUED, speed=60, steps=600, detail=0)
        readers.extend(Reader(job) for job in ids)
        family = server.family()
        assert family, "the children that check photos are not there"
        async with trio.open_nursery() as nursery:
            for reader in readers:
                nursery.start_soon(reader.follow, server.port)
            await _until_in_full_swing(client, readers)
            server.shorten_jobs()
            await server.kill()
        await until(lambda: not alive(family), 10, "the end of the dead server's processes")
        assert {reader.codes[0] for reader in readers} == {1006}
    return server


async def _truth_at_once(client: httpx.AsyncClient, readers: list[Reader]) -> None:
    """What runs is what the list says that runs, and every job that was accepted is in it."""
    found = await states(client)
    jobs = (await ready(client))["jobs"]
    assert set(found) == {reader.job for reader in readers}
    assert jobs["running"] <= RUNNING
    assert sum(state == "running" for state in found.values()) <= RUNNING


@pytest.mark.real
async def test_killed_with_20_running_and_20_queued_jobs(tmp_path: Path) -> None:
    """All go on, all end, and whoever follows sees each event once."""
    data, readers = tmp_path / "data", list[Reader]()
    dead = await _upload_and_kill(data, readers)
    before = dead.rows()
    assert sum(state == "running" for state in before.values()) >= RUNNING // 2
    async with serving(data, jobs_at_once=RUNNING) as server, calling(server) as client:
        await _truth_at_once(client, readers)
        async with trio.open_nursery() as nursery:
            for reader in readers:
                nursery.start_soon(reader.follow, server.port)
        assert [reader.job for reader in readers if not reader.whole] == []
        assert {reader.codes[-1] for reader in readers} == {1000}
        await until_states(client, {"succeeded"})
        answers = [(await client.get(f"/jobs/{reader.job}")).json() for reader in readers]
        tried_twice = [answer["id"] for answer in answers if answer["attempt"] == 2]
        assert set(tried_twice) >= {job for job, state in before.items() if state == "running"}
        assert all(answer["attempt"] <= 2 for answer in answers)
        server.assert_tidy()
        assert "Traceback" not in server.said


@pytest.mark.real
async def test_killed_while_photos_arrive(tmp_path: Path) -> None:
    """A half upload leaves nothing; the next server takes the next one."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        job = await upload(client, **TINY_SPEED)
        stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        async with stream:
            head = f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 9999999\r\n"
            kind = "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            part = '--b\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
            await stream.send_all(
                (head + kind + part).encode() + b"x" * 3_000_000
            )  # more than is collected for a write
            await until(lambda: list((data / "uploads").glob("*/*")), what="a half file")
            await server.kill()
    assert server.uploads() != []
    async with serving(data) as server, calling(server) as client:
        assert server.uploads() == []
        assert set(await states(client)) == {job}
        await until_states(client, {"succeeded"})
        server.assert_tidy()


@pytest.mark.real
async def test_a_job_that_outlives_three_servers_is_given_up(tmp_path: Path) -> None:
    """A job under which the server dies again and again must not end every server that comes."""
    data = tmp_path / "data"
    for attempt in (1, 2, 3):
        async with serving(data) as server, calling(server) as client:
            if attempt == 1:
                job = await upload(client, speed=60, steps=5)
            await _until_attempt(client, job, attempt)
            await server.kill()
    async with serving(data) as server, calling(server) as client:
        reader = Reader(job)  # to its end: for a moment it waits again, until its actor has seen what it was left as
        assert await reader.follow(server.port) == 1000
        assert reader.whole
        answer = (await client.get(f"/jobs/{job}")).json()
        assert (answer["state"], answer["crashes"]) == ("interrupted", 3)
        assert "Upload it again" in answer["reason"]
        assert answer["stage"]
        server.assert_tidy()


async def _until_attempt(client: httpx.AsyncClient, job: str, number: int) -> None:
    async def tried() -> bool:
        return bool((await client.get(f"/jobs/{job}")).json()["attempt"] >= number)

    await until(tried, 20, f"attempt {number}")
