"""The photogrammetry contract's routes."""

from pathlib import Path

import httpx
import pytest

from app.contracts.jobs.models import AcceptedModel, EnginesModel, JobModel, JobsModel
from app.contracts.models import ProblemModel
from tests.app.served import ended, serving, upload

pytestmark = pytest.mark.real


def _problem(answer: httpx.Response, status: int) -> ProblemModel:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = ProblemModel.parse_obj(answer.json())
    assert problem.status == status
    return problem


def _exactly(fields: set[str], model: type[JobModel]) -> None:
    assert fields == set(model.__fields__)


async def test_a_job_and_its_model(tmp_path: Path) -> None:
    """Status, model, ranges, tags: the shapes are those that are documented."""
    async with serving(tmp_path) as (_, client):
        job_id = await upload(client)
        status = await ended(client, job_id)
        job = JobModel.parse_obj(status)
        _exactly(set(status), JobModel)
        assert (job.state, job.percent, job.images) == ("succeeded", 100, 3)
        assert job.links.self == f"/jobs/{job_id}"
        whole = await client.get(job.links.model)
        assert (whole.status_code, whole.headers["content-type"]) == (200, "model/gltf-binary")
        assert f"{job_id}.glb" in whole.headers["content-disposition"]
        assert whole.content[:4] == b"glTF"
        assert int(whole.headers["content-length"]) == len(whole.content)
        part = await client.get(job.links.model, headers={"Range": "bytes=4-9"})
        assert (part.status_code, part.content) == (206, whole.content[4:10])
        assert part.headers["content-range"] == f"bytes 4-9/{len(whole.content)}"
        rest = await client.get(job.links.model, headers={"Range": f"bytes={len(whole.content) - 3}-"})
        assert rest.content == whole.content[-3:]
        same = await client.get(job.links.model, headers={"If-None-Match": whole.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        beyond = await client.get(job.links.model, headers={"Range": "bytes=99999999-"})
        _problem(beyond, 416)
        assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
        head = await client.head(job.links.model)
        assert (head.status_code, head.content) == (200, b"")


async def test_delete(tmp_path: Path) -> None:
    """A job that runs is cancelled; one that has ended is removed, unless only a cancel was wanted."""
    async with serving(tmp_path) as (server, client):
        job_id = await upload(client, {"speed": "60"})
        _problem(await client.get(f"/jobs/{job_id}/model"), 409)
        cancelled = await client.delete(f"/jobs/{job_id}", params={"cancel_only": "true"})
        assert cancelled.status_code == 200
        assert JobModel.parse_obj(cancelled.json()).state == "cancelled"
        _problem(await client.delete(f"/jobs/{job_id}", params={"cancel_only": "true"}), 409)
        removed = await client.delete(f"/jobs/{job_id}")
        assert (removed.status_code, removed.content) == (204, b"")
        for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/model", f"/events/{job_id}"):
            _problem(await client.get(path), 404)
        _problem(await client.delete(f"/jobs/{job_id}"), 404)
        assert not list((tmp_path / "jobs").iterdir())
        assert server.services.jobs.running == 0


async def test_pages(tmp_path: Path) -> None:
    """The newest come first; `next` is null on the last page, also when it is full."""
    async with serving(tmp_path) as (_, client):
        ids = [await upload(client) for _ in range(4)]
        for job_id in ids:
            await ended(client, job_id)
        seen, before, pages = [], None, 0
        while pages == 0 or before is not None:
            params = {"limit": 2} if before is None else {"limit": 2, "before": before}
            page = JobsModel.parse_obj((await client.get("/jobs", params=params)).json())
            seen += [job.id for job in page.jobs]
            before, pages = page.next, pages + 1
        assert (seen, pages) == (ids[::-1], 2)
        found = (await client.get("/jobs", params={"state": "failed"})).json()
        assert found == {"jobs": [], "next": None}


QUERIES = ("limit=0", "limit=501", "limit=x", "state=lost", "before=-1", f"before={2**70}")


async def test_bad_queries(tmp_path: Path) -> None:
    """A query that cannot be used is refused, and named."""
    async with serving(tmp_path) as (_, client):
        for query in QUERIES:
            problem = _problem(await client.get(f"/jobs?{query}"), 422)
            assert [error.field for error in problem.errors] == [query.split("=")[0]]


async def test_a_failure(tmp_path: Path) -> None:
    """A job that failed says why; there is no model."""
    async with serving(tmp_path) as (_, client):
        status = await ended(client, await upload(client, {"fail_at": "0.5"}))
        assert JobModel.parse_obj(status).state == "failed"
        assert status["result"] == {"code": "asked_to_fail"}
        assert "upload" in (_problem(await client.get(status["links"]["model"]), 409).hint or "").lower()


async def test_engines(tmp_path: Path) -> None:
    """Each engine has its parameters as JSON Schema, and says how many photos it needs."""
    async with serving(tmp_path) as (_, client):
        engines = EnginesModel.parse_obj((await client.get("/engines")).json())
        assert engines.default == "simulated"
        simulated = next(engine for engine in engines.engines if engine.name == "simulated")
        assert simulated.available
        assert simulated.parameters["properties"]["steps"]["maximum"] == 1000
        assert {engine.name: engine.min_images for engine in engines.engines} == {"pixelmap": 3, "simulated": 1}


async def test_the_page_and_its_files(tmp_path: Path) -> None:
    """They are asked for again each time, and not sent again."""
    async with serving(tmp_path) as (_, client):
        for path, kind in (("/jobs/job-x/view", "text/html"), ("/assets/view.css", "text/css")):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(kind)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        _problem(await client.get("/assets/none.js"), 404)
        _problem(await client.get("/assets/../settings.py"), 404)


async def test_accepted(tmp_path: Path) -> None:
    """The answer to an upload has its documented shape."""
    async with serving(tmp_path) as (_, client):
        files = [("images", ("a.jpg", b"no photo", "image/jpeg"))]
        _problem(await client.post("/upload", files=files), 422)
        assert not list((tmp_path / "uploads").iterdir())
        assert set(AcceptedModel.__fields__) == {"id", "state", "engine", "links"}


async def test_a_relative_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes of a server have other working directories than it; its paths must mean the same there."""
    monkeypatch.chdir(tmp_path)
    async with serving(Path("data")) as (_, client):
        assert (await ended(client, await upload(client)))["state"] == "succeeded"
