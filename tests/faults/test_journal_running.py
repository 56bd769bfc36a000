"""The journal under a server that runs: locked, damaged, or on a disk that fails. A 2xx is always on the disk."""

import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from tests.e2e.jobs import files_of, ready, states, until_states, upload
from tests.e2e.server import TINY_SPEED, calling, serving
from tests.waiting import until

pytestmark = pytest.mark.real

FORM = {"engine": "simulated", **{name: str(value) for name, value in TINY_SPEED.items()}}


async def test_locked_for_a_short_time_nobody_notices_and_for_long_it_is_said(tmp_path: Path) -> None:
    """Requests wait for a second; after five they are refused with 503, nothing of them stays, and then all is well."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        with closing(sqlite3.connect(str(data / "journal.sqlite3"), isolation_level=None)) as other:
            async with trio.open_nursery() as nursery:
                other.execute("BEGIN IMMEDIATE")
                nursery.start_soon(lambda: upload(client, **TINY_SPEED))
                await trio.sleep(1)  # the length of the lock
                other.execute("ROLLBACK")
            await until_states(client, {"succeeded"})
            before = await states(client)

            other.execute("BEGIN IMMEDIATE")
            refused = await client.post("/upload", data=FORM, files=files_of())
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            assert "locked by another program" in refused.json()["detail"]
            assert "sqlite3" in refused.json()["hint"]
            unready = await client.get("/health/ready")
            assert unready.status_code == 503
            assert "locked" in unready.json()["reason"]
            assert await states(client) == before
            other.execute("ROLLBACK")

        async def well() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await until(well, 20, "the end of the trouble")
        later = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        assert set(await states(client)) == {*before, later}
        assert server.directories() == {*before, later}


async def test_on_a_disk_that_fails_nothing_is_accepted_and_all_goes_on_after_it(tmp_path: Path) -> None:
    """Each write fails as with a broken disk (no file may grow): refused, nothing is left; then a job is taken."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        kept = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, before[1]))
        answer = await client.post(f"/jobs/{kept}/retry")
        removed = await client.delete(f"/jobs/{kept}")
        assert {answer.status_code // 100, removed.status_code // 100} == {5}
        assert removed.json()["detail"]
        assert removed.json()["hint"]
        assert (await client.get("/health/ready")).status_code == 503
        assert await states(client) == {kept: "succeeded"}
        assert (await client.get(f"/jobs/{kept}/model")).status_code == 200
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
        later = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        assert set(await states(client)) == {kept, later}
        assert (await ready(client))["ready"]
        await server.kill()
        assert set(server.rows()) == {kept, later}


async def test_damage_that_is_found_ends_the_writing_and_not_the_server(tmp_path: Path) -> None:
    """No 2xx after it, the reason and the way back in each answer; the next start refuses too."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        for _ in range(3):
            await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        await server.stop()
    async with serving(data) as server, calling(server) as client:
        copy = (data / "journal.last-good.sqlite3").read_bytes()
        with (data / "journal.sqlite3").open("r+b", buffering=0) as file:
            size = file.seek(0, 2)
            file.seek(4096)
            file.write(b"\xa5" * (size - 4096))

        async def refused() -> bool:
            return (await client.post("/upload", data=FORM, files=files_of())).status_code // 100 == 5

        await until(refused, 20, "the damage to be found")
        unready = await client.get("/health/ready")
        assert unready.status_code == 503
        assert "damaged" in unready.json()["reason"]
        for _ in range(3):
            answer = await client.post("/upload", data=FORM, files=files_of())
            assert answer.status_code == 500
            assert "damaged" in answer.json()["detail"]
            assert "restore --last-good" in answer.json()["hint"]
        assert (await client.get("/health")).status_code == 200
        assert "Nothing is accepted or recorded any more" in server.said
        await server.kill()
    assert (data / "journal.last-good.sqlite3").read_bytes() == copy
