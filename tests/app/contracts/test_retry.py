"""Trying jobs and builds again, and the bounds of an upload, at a real server."""

from pathlib import Path

import httpx
import pytest

from actors.jobs.imagecheck.child import MEDIA_TYPES as DECODED
from app.contracts.builds.models import BuildModel
from app.contracts.jobs.models import MEDIA_TYPES, AcceptedModel, EnginesModel, JobModel
from app.contracts.models import ProblemModel
from tests.app.served import ended, serving, upload

pytestmark = pytest.mark.real


def _problem(answer: httpx.Response, status: int) -> ProblemModel:
    assert answer.status_code == status, answer.text
    problem = ProblemModel.parse_obj(answer.json())
    assert problem.hint
    return problem


async def test_a_job_again(tmp_path: Path) -> None:
    """The answer is that of an upload; the new job is a job like any other, also when the first is gone."""
    async with serving(tmp_path) as (_, client):
        first = await upload(client, {"fail_at": "0.5"})
        assert (await ended(client, first))["state"] == "failed"
        answer = await client.post(f"/jobs/{first}/retry", json={"params": {"fail_at": 1}})
        assert answer.status_code == 202
        accepted = AcceptedModel.parse_obj(answer.json())
        assert set(answer.json()) == set(AcceptedModel.__fields__)
        assert answer.headers["location"] == accepted.links.self == f"/jobs/{accepted.id}"
        assert (await client.delete(f"/jobs/{first}")).status_code == 204
        job = JobModel.parse_obj(await ended(client, accepted.id))
        assert (job.images, job.engine, job.attempt) == (3, "simulated", 1)
        assert job.parameters["speed"] == 0
        third = await client.post(f"/jobs/{accepted.id}/retry")
        assert third.status_code == 202
        await ended(client, third.json()["id"])
    async with serving(tmp_path) as (_, client):
        assert (await client.get(accepted.links.self)).json()["state"] == job.state


async def test_what_cannot_be_tried_again(tmp_path: Path) -> None:
    """No such job, one that goes on, a body that cannot be used."""
    async with serving(tmp_path) as (_, client):
        _problem(await client.post("/jobs/job-none/retry"), 404)
        job_id = await upload(client, {"speed": "60"})
        path = f"/jobs/{job_id}/retry"
        _problem(await client.post(path), 409)
        await client.delete(f"/jobs/{job_id}")
        for body, field in (
            ({"engine": "none"}, "engine"),
            ({"engine": 1}, "engine"),
            ({"params": {"steps": 0}}, "steps"),
            ({"params": {"more": 1}}, "more"),
            ({"params": []}, "params"),
            ({"more": 1}, "more"),
        ):
            problem = _problem(await client.post(path, json=body), 422)
            assert [error.field for error in problem.errors] == [field]
        _problem(await client.post(path, content=b"{", headers={"Content-Type": "application/json"}), 422)
        _problem(await client.post(path, data={"engine": "simulated"}), 415)
        _problem(await client.post(path, json={"engine": "x" * 2**21}), 413)
        _problem(await client.post(path, headers={"Origin": "https://elsewhere.example"}), 403)
        assert [path.name for path in (tmp_path / "jobs").iterdir()] == [job_id]


async def test_a_full_queue(tmp_path: Path) -> None:
    """As for an upload: come back later, and nothing is left."""
    async with serving(tmp_path, jobs_at_once=1, jobs_queued=1) as (_, client):
        ended_job = await upload(client)
        await ended(client, ended_job)
        ids = [await upload(client, {"speed": "60"}) for _ in range(2)]
        answer = await client.post(f"/jobs/{ended_job}/retry")
        _problem(answer, 503)
        assert answer.headers["retry-after"]
        assert {path.name for path in (tmp_path / "jobs").iterdir()} == {ended_job, *ids}


async def test_a_build_again(tmp_path: Path) -> None:
    """Answered as a build, with the runId that it got."""
    order = {"runId": "first", "prompt": "a shop", "workspaceId": "one", "assignedPort": 5007}
    async with serving(tmp_path) as (_, client):
        assert (await client.post("/api/build", json=order)).status_code == 200
        _problem(await client.post("/api/builds/none/retry"), 404)
        _problem(await client.post("/api/builds/first/retry"), 409)
        assert (await client.delete("/api/builds/first?cancel_only=true")).status_code == 200
        answer = await client.post("/api/builds/first/retry")
        assert answer.status_code == 202
        started = answer.json()
        assert set(started) == {"runId", "status", "message"}
        assert (started["status"], started["message"]) == ("started", "Agent is building your application...")
        assert started["runId"] != "first"
        assert answer.headers["location"] == f"/api/builds/{started['runId']}"
        build = BuildModel.parse_obj((await client.get(answer.headers["location"])).json())
        assert (build.prompt, build.workspace_id, build.port) == ("a shop", "one", 5007)
        await client.delete(f"{answer.headers['location']}?cancel_only=true")


async def test_what_an_upload_may_be(tmp_path: Path) -> None:
    """Said before it is sent, as it is configured."""
    async with serving(tmp_path, upload_files=7, upload_file_size=1000, upload_size=5000) as (_, client):
        limits = EnginesModel.parse_obj((await client.get("/engines")).json()).limits
        assert (limits.files, limits.file_bytes, limits.total_bytes) == (7, 1000, 5000)
        assert limits.media_types == list(MEDIA_TYPES)
    assert set(MEDIA_TYPES) == set(DECODED.values())
