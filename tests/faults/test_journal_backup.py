"""A backup of a server under load, restored and started: what was accepted before it began is there, byte by byte."""

from pathlib import Path

import httpx
import pytest
import trio

from actors.journal.condition import examine
from tests.e2e.jobs import states, until_states, upload, upload_many
from tests.e2e.reader import Reader
from tests.e2e.server import TINY_SPEED, calling, serving
from tests.faults.test_journal_damaged import run

pytestmark = [pytest.mark.real, pytest.mark.slow]

ENDED = 6
REMOVED = 3
FINAL = {"succeeded"}


async def _load(client: httpx.AsyncClient, removed: list[str]) -> None:
    """Jobs arrive, run and are removed, until cancelled."""
    while True:
        job = await upload(client, speed=0.02, steps=5, detail=0)
        removed_one = removed.pop() if removed else None
        if removed_one is not None:
            assert (await client.delete(f"/jobs/{removed_one}")).status_code < 300
        assert (await client.get(f"/jobs/{job}")).status_code == 200


async def test_a_backup_under_load_has_all_that_was_accepted_before(tmp_path: Path) -> None:
    """With events without gaps, models to the byte, and jobs that go on; and the server does not notice."""
    data, there, target = tmp_path / "data", tmp_path / "there" / "data", tmp_path / "b.tar"
    there.parent.mkdir()
    async with serving(data, jobs_at_once=4, projects_root=tmp_path / "apps") as server, calling(server) as client:
        kept = await upload_many(client, ENDED, **TINY_SPEED)
        doomed = await upload_many(client, REMOVED, **TINY_SPEED)
        await until_states(client, FINAL)
        models = {job: (await client.get(f"/jobs/{job}/model")).content for job in kept}
        running = await upload_many(client, 4, speed=0.5, steps=60, detail=0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_load, client, doomed)
            made = await run(data, "backup", str(target))
            nursery.cancel_scope.cancel()
        assert made.returncode == 0, made.stderr
    refused = await run(data, "restore", str(target))
    assert "is not empty" in refused.stderr
    restored = await run(there, "restore", str(target))
    assert restored.returncode == 0, restored.stderr
    assert not examine(there / "journal.sqlite3").problem
    async with serving(there, jobs_at_once=4, projects_root=there.parent / "apps") as server, calling(server) as client:
        found = await states(client)
        assert {*kept, *running} <= set(found)
        assert server.directories() == set(found)
        readers = [Reader(job) for job in found]
        async with trio.open_nursery() as nursery:
            for reader in readers:
                nursery.start_soon(reader.follow, server.port)
        assert all(reader.whole for reader in readers)
        assert await states(client) == dict.fromkeys(found, "succeeded")
        for job, model in models.items():
            assert (await client.get(f"/jobs/{job}/model")).content == model
    assert not examine(there / "journal.sqlite3").problem
