"""What has to be so after a loss of power: looked up on the disk, then asked of a server that is started on it."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.jobs import FINAL
from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.power.load import open_sites
from tests.faults.power.projects import check_projects, missing_of_project
from tests.faults.power.promises import Accepted, Kept, Promise, Told, gone_ids, is_job, is_project, wanted_ids
from tests.waiting import until


def look(root: Path, promises: Sequence[Promise]) -> list[str]:
    """Tell what is missing of what was promised, and what has come back, from the files alone; blocks.

    Args:
        root: Where the disk is.
        promises: What was promised.
    """
    data = root / "data"
    if not promises:
        return []
    if not (data / "journal.sqlite3").exists():
        return ["the journal is gone"]
    connection = sqlite3.connect(data / "journal.sqlite3")
    try:
        damage = connection.execute("PRAGMA integrity_check").fetchall()
        if damage != [("ok",)]:
            return [f"the journal is damaged: {damage}"]
        back = [f"{run} was removed, and is back" for run in gone_ids(promises) if _is_known(connection, run)]
        return [*back, *(text for promise in promises for text in _missing(root, connection, promise, promises))]
    except sqlite3.Error as error:
        return [f"the journal cannot be read: {error}"]
    finally:
        connection.close()


def _is_known(connection: sqlite3.Connection, run: str) -> bool:
    return connection.execute("SELECT 1 FROM actors WHERE id = ?", (run,)).fetchone() is not None


def _missing(root: Path, connection: sqlite3.Connection, promise: Promise, promises: Sequence[Promise]) -> list[str]:
    wanted, data = wanted_ids(promises), root / "data"
    if isinstance(promise, Accepted) and promise.id in wanted:
        if is_project(promise.id):
            return missing_of_project(root, connection, promise.id, promises)
        return _missing_run(data, connection, promise.id)
    if isinstance(promise, Kept):
        name = f"{promise.number:04d}.json"
        path = data / "uploads" / promise.upload / name
        photo = json.loads(path.read_bytes() or b"{}") if path.exists() else {}
        whole = photo and (path.parent / photo["file"]).exists()
        return [] if whole and (path.parent / photo["file"]).stat().st_size == photo["size"] else [f"gone: {promise}"]
    if isinstance(promise, Told) and promise.id in wanted:
        query = "SELECT payload FROM events WHERE id = ? AND seq = ?"
        row = connection.execute(query, (promise.id, promise.event["seq"])).fetchone()
        return [] if row is not None and json.loads(row[0]) == promise.event else [f"taken back: {promise}"]
    return []


def _missing_run(data: Path, connection: sqlite3.Connection, run: str) -> list[str]:
    row = connection.execute("SELECT state, request FROM actors WHERE id = ?", (run,)).fetchone()
    if row is None:
        return [f"{run} is not in the journal"]
    if not is_job(run):
        return []  # all of it is in the journal; its directory is made when it begins
    images = [image["size"] for image in json.loads(row[1])["images"]]
    there = sorted(path.stat().st_size for path in (data / "jobs" / run / "images").glob("*"))
    if there != sorted(images):
        return [f"the photos of {run} are {there}, and were {images}"]
    return [] if row[0] != "succeeded" else _broken_model(data / "jobs" / run / "model.glb")


def _broken_model(path: Path) -> list[str]:
    model = path.read_bytes() if path.exists() else b""
    whole = model[:4] == b"glTF" and int.from_bytes(model[8:12], "little") == len(model)
    return [] if whole else [f"the model {path} is gone or cut off"]


async def serve_on(folder: Path, promises: Sequence[Promise]) -> None:
    """Start a server on what is left, and check that it keeps the promises, and comes to an end with everything.

    Raises:
        AssertionError: It does not.
    """
    async with (
        open_sites(folder) as settings,
        serving(folder / "data", **settings) as server,
        calling(server) as client,
    ):
        await _check(server, client, promises)
        wanted = {run for run in wanted_ids(promises) if is_project(run)}
        await check_projects(folder, client, wanted, {run for run in gone_ids(promises) if is_project(run)})


async def _check(server: ServerProcess, client: httpx.AsyncClient, promises: Sequence[Promise]) -> None:
    wanted, gone = wanted_ids(promises), gone_ids(promises)
    jobs = {run for run in wanted if is_job(run)}

    async def over() -> bool:
        found = await _states(client)
        return set(found.values()) <= FINAL

    await until(over, 60, "the end of all that goes on")
    found = await _states(client)
    assert wanted <= set(found), f"lost: {wanted - set(found)}"
    assert not gone & set(found), f"removed, and back: {gone & set(found)}"
    for job in jobs:
        assert found[job] == "succeeded", (job, found[job])
        model = await client.get(f"/jobs/{job}/model")
        assert model.status_code == 200, model.text
        assert len(model.content) == int.from_bytes(model.content[8:12], "little"), f"the model of {job} is cut off"
    for run in wanted:
        await _check_stream(client, run, [one.event for one in promises if isinstance(one, Told) and one.id == run])
    for kept in (promise for promise in promises if isinstance(promise, Kept)):
        upload = (await client.get(f"/uploads/{kept.upload}")).json()
        assert any(file["number"] == kept.number for file in upload["files"]), f"{kept} is gone"
    assert server.directories() == {run for run in found if is_job(run)}
    assert '"exception": ' not in server.said, server.said


async def _states(client: httpx.AsyncClient) -> dict[str, str]:
    found = {}
    for path, name in (("/jobs", "jobs"), ("/api/builds", "builds"), ("/api/projects", "projects")):
        answer = await client.get(path, params={"limit": 500})
        assert answer.status_code == 200, answer.text
        found.update({one["id"]: str(one["state"]) for one in answer.json()[name]})
    return found


async def _check_stream(client: httpx.AsyncClient, run: str, seen: list[dict[str, Any]]) -> None:
    answer = await client.get(f"/events/{run}", params={"limit": 500})
    events = answer.json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), f"a hole in the events of {run}"
    assert events[-1]["type"] == "end" or is_project(run)
    there = {event["seq"]: event for event in events}
    for event in seen:
        assert there.get(event["seq"]) == event, f"taken back: {event}"
