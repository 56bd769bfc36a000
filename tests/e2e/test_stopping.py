"""Stopping in order, starting where another server is, and journals that are not there."""

import os
from pathlib import Path

import pytest
import trio

from tests.e2e.jobs import ready, state, states, until_states, upload, upload_many
from tests.e2e.processes import alive
from tests.e2e.reader import Reader
from tests.e2e.server import TINY_SPEED, calling, serving, start_process
from tests.waiting import until

PROMISE = 15.0
"""Seconds in which a server has stopped, whatever runs: the grace of open requests, and the jobs' own."""


@pytest.mark.real
async def test_stopped_with_running_and_waiting_jobs(tmp_path: Path) -> None:
    """Subscribers are told to come back, and the jobs go on: with the next server, and with no attempt counted."""
    data = tmp_path / "data"
    readers = [Reader("")]
    async with serving(data, jobs_at_once=4) as server, calling(server) as client:
        ids = await upload_many(client, 8, speed=60, steps=600, detail=0)
        readers = [Reader(job) for job in ids]
        family = server.family()
        async with trio.open_nursery() as nursery:
            for reader in readers:
                nursery.start_soon(reader.follow, server.port)
            await until(lambda: sum(reader.last >= 5 for reader in readers) >= 4, what="progress")
            server.shorten_jobs()
            nursery.start_soon(server.stop, PROMISE)
        assert server.process.returncode == 0
        assert alive(family) == set()
    assert {reader.codes[0] for reader in readers} == {1012}
    assert set(server.rows().values()) == {"queued"}
    async with serving(data, jobs_at_once=8) as server, calling(server) as client:
        async with trio.open_nursery() as nursery:
            for reader in readers:
                nursery.start_soon(reader.follow, server.port)
        assert [reader.job for reader in readers if not reader.whole] == []
        await until_states(client, {"succeeded"})
        assert [job["crashes"] for job in (await client.get("/jobs")).json()["jobs"]] == [0] * 8
        server.assert_tidy()
        assert "Traceback" not in server.said


@pytest.mark.real
async def test_each_kind_of_stream_ends_when_the_server_stops(tmp_path: Path) -> None:
    """Server-Sent Events too, and nobody who follows keeps the server from stopping."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, speed=60)
        stream = client.stream("GET", f"/events/{job}", headers={"Accept": "text/event-stream"})
        async with trio.open_nursery() as nursery, stream as answer:
            lines = answer.aiter_lines()
            assert await lines.__anext__() == "id: 1"
            nursery.start_soon(server.stop, PROMISE)
            # Cut off at the end of the grace, it would raise: the last chunk was missing.
            async for _ in lines:
                pass
        assert server.process.returncode == 0
        assert "Traceback" not in server.said


@pytest.mark.real
async def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """With who uses the directory; the first one does not notice."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        second = await start_process(tmp_path / "data")
        with trio.fail_after(30):
            assert await second.process.wait() != 0
        assert f"process {server.pid}" in second.said
        assert "--data-dir" in second.said
        assert "Traceback" not in second.said
        assert (await ready(client))["ready"]


def _move_journal(source: Path, target: Path) -> None:
    for path in source.glob("journal.sqlite3*"):
        path.rename(target / path.name)


@pytest.mark.real
async def test_a_journal_that_is_gone(tmp_path: Path) -> None:
    """Jobs without their journal are not thrown away: the server says so and does not start."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        assert await server.stop() == 0
    _move_journal(data, tmp_path)
    before = server.directories()
    second = await start_process(data)
    with trio.fail_after(30):
        assert await second.process.wait() != 0
    assert "journal" in second.said
    assert "Traceback" not in second.said
    assert second.directories() == before != set()
    _move_journal(tmp_path, data)
    async with serving(data) as server, calling(server) as client:
        assert set((await states(client)).values()) == {"succeeded"}


@pytest.mark.real
async def test_a_journal_in_memory(tmp_path: Path) -> None:
    """Everything works, and the next server knows nothing of it; what lies beside it stays."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        kept = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        assert await server.stop() == 0
    for _ in range(2):
        async with serving(data, "--journal", "memory") as server, calling(server) as client:
            assert await states(client) == {}
            job = await upload(client, **TINY_SPEED)
            reader = Reader(job)
            assert await reader.follow(server.port) == 1000
            assert reader.whole
            assert (await client.get(f"/jobs/{job}/model")).content[:4] == b"glTF"
            assert await server.stop() == 0
    async with serving(data) as server, calling(server) as client:
        assert await state(client, kept) == "succeeded"
        assert (await client.get(f"/jobs/{kept}/model")).status_code == 200


@pytest.mark.real
async def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    """Ctrl-C twice ends it at once, in order enough for the next server."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, speed=60)
        family = server.family()
        stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        async with stream:
            # A request that is not finished would be waited for.
            await stream.send_all(f"GET /jobs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode())
            os.kill(server.pid, 2)
            await until(lambda: "stopping" in server.said, what="the stop")
            os.kill(server.pid, 2)
            with trio.fail_after(10):
                await server.process.wait()
        await until(lambda: not alive(family), 10, "the end of its processes")
        assert "Traceback" not in server.said
    async with serving(tmp_path / "data") as server, calling(server) as client:
        assert await state(client, job) in ("queued", "running")
