"""A whole server over the data directory of an earlier version: nothing is lost, and what had not ended goes on."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from actors.journal.condition import examine
from actors.journal.migrations import STEPS
from app.main import open_server
from app.settings import Settings
from client.exits import Exit
from tests.actors.journal.earlier import VERSIONS, load_data, rows, set_version
from tests.client.local.process import running
from tests.docs.support import ended
from tests.standins.orchestrator import open_orchestrator

pytestmark = pytest.mark.real

KEEP = 36_500.0
"""Days: what ended is as old as the journal, and must not be removed for that."""

LISTS = {"job": "/jobs", "build": "/api/builds"}


async def story(client: httpx.AsyncClient, actor: str) -> list[dict[str, Any]]:
    """All events of an actor."""
    events: list[dict[str, Any]] = (await client.get(f"/events/{actor}?limit=1000")).json()["events"]
    return events


def events_of(data: Path, actor: str) -> list[dict[str, Any]]:
    """The events of an actor as they are in the journal."""
    return [row["payload"] for row in rows(data / "journal.sqlite3", "events") if row["id"] == actor]


def has_all(messages: Sequence[object], count: int) -> bool:
    """Whether as many messages of a build have come as it had said."""
    return len(messages) >= count


@pytest.mark.parametrize("version", VERSIONS)
async def test_nothing_is_lost_and_what_had_not_ended_goes_on(version: int, tmp_path: Path) -> None:
    """Ended runs are as they were, models too; streams go on with the next number, and runs end; messages arrive."""
    data = load_data(version, tmp_path / "data")
    with closing(sqlite3.connect(str(data.journal))) as connection, connection:
        # What ran was asked to take half a minute; how long a job takes is of no account here.
        connection.execute("UPDATE actors SET request = replace(request, '\"speed\": 3.0', '\"speed\": 0.1')")
    actors = rows(data.journal, "actors")
    before = {row["id"]: events_of(data.root, row["id"]) for row in actors}
    async with open_orchestrator() as orchestrator:
        settings = Settings(
            data_dir=data.root,
            port=0,
            bind=("127.0.0.1",),
            keep_days=KEEP,
            pipeline="template",
            orchestrator_url=orchestrator.url,
            outbox_hours=KEEP * 24,
        )
        async with (
            open_server(settings) as server,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
        ):
            for row in actors:
                living = row["state"] in {"queued", "running"}
                status = await ended(client, row["id"], LISTS[row["kind"]])
                events = await story(client, row["id"])
                assert events[: row["last_seq"]] == before[row["id"]]
                assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
                assert (len(events) > row["last_seq"]) == living
                assert status["state"] == row["state"] or living
                if row["kind"] == "job":
                    assert status["state"] == ("succeeded" if living else row["state"])
                if row["kind"] == "job" and row["state"] == "succeeded":
                    model = await client.get(f"/jobs/{row['id']}/model")
                    assert model.content == b"glTF of " + row["id"].encode()
            waiting = rows(data.journal, "deliveries") if version > 1 else []
            for row in waiting:
                sent = orchestrator.messages
                await orchestrator.until(partial(has_all, sent[row["id"]], row["queued"]))
    assert examine(data.journal).version == len(STEPS)
    assert not examine(data.journal).problem


def everything(folder: Path) -> dict[str, bytes]:
    """All files, but for what says who holds the directory, and what was made for its next server."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {"lock", "id"}
    }


@pytest.mark.parametrize("command", ["serve", "doctor", "backup", "restore"])
def test_one_of_a_later_version_is_left_alone(command: str, tmp_path: Path) -> None:
    """Each command says which versions there are and what to do, and changes nothing in the directory."""
    data = load_data(max(VERSIONS), tmp_path / "data")
    set_version(data.journal, 99)
    before = everything(data.root)
    more = {"backup": [str(tmp_path / "b.tar")], "restore": ["--last-good"], "serve": ["--port", "0"]}
    arguments = [command, *more.get(command, []), "--data-dir", str(data.root)]
    with running(*arguments, log=tmp_path / "log") as process:
        code = process.wait_for_end()
        said = " ".join(process.shown.split())
    assert code in {Exit.USAGE, Exit.JOB_FAILED}
    assert f"of version 99; this program knows versions up to {len(STEPS)}" in said
    assert ("callboard restore FILE" if command == "restore" else "Start the Callboard that wrote it") in said
    assert "Traceback" not in said
    assert everything(data.root) == before
    assert not os.path.lexists(tmp_path / "b.tar")
