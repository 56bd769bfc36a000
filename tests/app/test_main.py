"""A whole server: how it starts, why it does not, and how it ends."""

import logging
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.janitor import Janitor
from actors.journal.journal import Journal
from actors.runtime.errors import CallboardError, Conflict, InvalidInput, RestartIntensityExceeded, StorageFailed
from app.leaving import leaves
from app.main import open_server
from app.settings import Settings
from app.sockets import CannotListen
from tests.app.served import ended, serving, upload
from tests.waiting import until

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

pytestmark = pytest.mark.real


def _settings(root: Path, **values: Any) -> Settings:
    return Settings(**{"data_dir": root, "port": 0, "bind": ("127.0.0.1",), "default_engine": "simulated", **values})


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def _refused(settings: Settings) -> CallboardError:
    """Why a server does not start."""
    with trio.fail_after(20):
        try:
            async with open_server(settings):
                raise AssertionError("it started")
        except (CallboardError, BaseExceptionGroup) as error:
            found = list(leaves(error))
            assert len(found) == 1
            assert isinstance(found[0], CallboardError)
            return found[0]


async def test_starts_and_stops(tmp_path: Path) -> None:
    """It listens when it is open, and not any more afterwards; nothing runs on."""
    async with serving(tmp_path) as (server, client):
        assert (await client.get("/health")).status_code == 200
        port = server.port
        job_id = await upload(client, {"speed": "60"})
    assert _port_is_free(port)
    assert not list((tmp_path / "uploads").iterdir())
    async with serving(tmp_path) as (server, client):
        status = (await client.get(f"/jobs/{job_id}")).json()
        assert (status["state"], status["crashes"]) in (("running", 0), ("queued", 0))
        assert (await client.delete(f"/jobs/{job_id}")).json()["state"] == "cancelled"


async def test_refusals(tmp_path: Path) -> None:
    """What cannot be started says why, and leaves nothing behind, so that the next one can."""
    assert (await _refused(_settings(tmp_path, bind=("0.0.0.0",)))).hint
    assert isinstance(await _refused(_settings(tmp_path, default_engine="nonesuch")), InvalidInput)
    (tmp_path / "lost" / "jobs" / "job-1").mkdir(parents=True)
    assert isinstance(await _refused(_settings(tmp_path / "lost")), StorageFailed)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "journal.sqlite3").write_bytes(b"not a database, but longer than a header" * 9)
    assert isinstance(await _refused(_settings(tmp_path / "damaged")), StorageFailed)
    async with serving(tmp_path / "held") as (server, _):
        assert isinstance(await _refused(_settings(tmp_path / "held")), Conflict)
        assert isinstance(await _refused(_settings(tmp_path / "other", port=server.port)), CannotListen)
        assert not await trio.Path(tmp_path / "other").exists()
    async with serving(tmp_path / "other") as (_, client):
        assert (await client.get("/health")).status_code == 200


async def test_a_token_opens_other_addresses(tmp_path: Path) -> None:
    """With a token it listens anywhere, and asks for it."""
    async with serving(tmp_path, token="t" * 16, require_token=True) as (_, client):
        assert (await client.get("/jobs")).status_code == 401
        assert (await client.get("/jobs", headers={"Authorization": f"Bearer {'t' * 16}"})).status_code == 200


async def test_memory_forgets(tmp_path: Path) -> None:
    """A journal in memory is gone with the server, and its jobs' directories with the next start."""
    async with serving(tmp_path, journal="memory") as (_, client):
        await ended(client, await upload(client))
    assert len(list((tmp_path / "memory" / "jobs").iterdir())) == 1
    async with serving(tmp_path, journal="memory") as (_, client):
        assert (await client.get("/jobs")).json()["jobs"] == []
        assert not list((tmp_path / "memory" / "jobs").iterdir())


@pytest.mark.parametrize("part", [Janitor, Journal])
async def test_what_gives_up_ends_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: type, caplog: pytest.LogCaptureFixture
) -> None:
    """A permanent part that fails for good ends the server with its reason: no 200 over a dead background."""
    caplog.set_level(logging.CRITICAL)
    run = part.run  # type: ignore[attr-defined]  # both have one
    broken = trio.Event()

    async def breaks(self: object, *, task_status: "trio.TaskStatus[object]") -> None:
        task_status.started(self)
        await broken.wait()
        raise ZeroDivisionError

    async def starts_well(self: object, *, task_status: "trio.TaskStatus[object]") -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(lambda task_status: run(self, task_status=task_status))
            await breaks(self, task_status=task_status)

    monkeypatch.setattr(part, "run", starts_well)
    ports: list[int] = []

    async def serve() -> None:
        async with serving(tmp_path) as (server, client):
            ports.append(server.port)
            assert (await client.get("/health")).status_code == 200
            broken.set()
            await trio.sleep_forever()

    with pytest.raises(BaseExceptionGroup) as caught:
        await serve()
    assert any(isinstance(error, RestartIntensityExceeded) for error in leaves(caught.value))
    assert _port_is_free(ports[0])


async def test_the_journal_outlives_the_jobs(tmp_path: Path) -> None:
    """At the stop each job can still write where it is: none is found running by the next server."""
    async with serving(tmp_path, jobs_at_once=8) as (server, client):
        ids = [await upload(client, {"speed": "60"}) for _ in range(8)]
        await until(lambda: server.services.jobs.running == 8)
        for job_id in ids:
            status = (await client.get(f"/jobs/{job_id}")).json()
            assert status["state"] in ("queued", "running")
    async with serving(tmp_path, jobs_at_once=8) as (_, client):
        for job_id in ids:
            assert (await client.get(f"/jobs/{job_id}")).json()["crashes"] == 0
            await client.delete(f"/jobs/{job_id}")
