"""Shared models at a real server: who has a link sees that model, and nothing else."""

import time
from datetime import datetime, timezone
from pathlib import Path

import httpx
import pytest

from actors.jobs.service import Jobs
from app.contracts.models import ProblemModel
from app.contracts.shared.key import FILE, read_key
from app.contracts.shared.models import DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS, SharedModel
from app.contracts.shared.shares import Shares
from app.errors import Gone
from app.main import Server
from app.security.signing import Grant, sign
from tests.app.served import ended, serving, upload

pytestmark = pytest.mark.real

LOCKED = {"token": "a-token-of-24-characters", "require_token": True}
OURS = {"Authorization": "Bearer a-token-of-24-characters"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FOLLOWED = {**BROWSER, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


async def made(client: httpx.AsyncClient) -> str:
    """A job with a model."""
    job_id = await upload(client)
    assert (await ended(client, job_id))["state"] == "succeeded"
    return job_id


async def shared(client: httpx.AsyncClient, job_id: str) -> str:
    """Share a job's model, and return the link's path."""
    answer = await client.post(f"/jobs/{job_id}/share")
    assert answer.status_code == 201, answer.text
    return SharedModel.parse_obj(answer.json()).path


def problem_of(answer: httpx.Response, status: int) -> ProblemModel:
    """Check that an answer is a problem that helps."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = ProblemModel.parse_obj(answer.json())
    assert problem.hint
    return problem


def forge(root: Path, job_id: str, expires: float) -> str:
    """The path of a link that the server itself could have made."""
    key = read_key(root / FILE)
    assert key is not None
    return f"/shared/{sign(key, Grant(job_id, int(expires)))}"


async def test_whoever_has_the_link_sees_the_model(tmp_path: Path) -> None:
    """Without a token, in a browser that comes from elsewhere, through a proxy, whole or in part."""
    async with serving(tmp_path, **LOCKED) as (_, client):
        client.headers.update(OURS)
        job_id = await made(client)
        whole = await client.get(f"/jobs/{job_id}/model")
        path = await shared(client, job_id)
        client.headers.pop("Authorization")

        for headers in ({}, BROWSER, FOLLOWED, {"X-Forwarded-For": "192.0.2.1"}):
            page = await client.get(path, headers=headers)
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert page.headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in page.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert job_id not in page.text
        model = await client.get(f"{path}/model")
        assert (model.status_code, model.headers["content-type"]) == (200, "model/gltf-binary")
        assert model.content == whole.content
        assert "no-cache" in model.headers["cache-control"]
        assert model.headers["referrer-policy"] == "no-referrer"
        part = await client.get(f"{path}/model", headers={"Range": "bytes=4-9"})
        assert (part.status_code, part.content) == (206, whole.content[4:10])
        same = await client.get(f"{path}/model", headers={"If-None-Match": model.headers["etag"]})
        assert same.status_code == 304
        head = await client.head(f"{path}/model")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) == len(whole.content)


async def test_nothing_else_can_be_seen_with_it(tmp_path: Path) -> None:
    """Not the job, its events, its photos, a list, or anything that changes something."""
    async with serving(tmp_path, **LOCKED) as (_, client):
        client.headers.update(OURS)
        job_id = await made(client)
        path = await shared(client, job_id)
        client.headers.pop("Authorization")
        token = path.rpartition("/")[2]
        for other in (f"/jobs/{job_id}", f"/jobs/{job_id}/model", f"/events/{job_id}", "/jobs", "/shared", "/shared/"):
            assert (await client.get(other)).status_code == 401, other
            sent = await client.get(other, headers={"Authorization": f"Bearer {token}"})
            assert sent.status_code == 401, other
        for below in ("events", "images", "status", "model/", "model/x", "share", "../jobs"):
            assert (await client.get(f"{path}/{below}")).status_code in {401, 404}, below
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert (await client.request(method, path)).status_code == 401
            assert (await client.request(method, f"{path}/model")).status_code == 401
        assert (await client.post(f"/jobs/{job_id}/share")).status_code == 401


async def test_the_host_and_pages_elsewhere_are_judged_as_ever(tmp_path: Path) -> None:
    """A link is opened; pages elsewhere neither read nor frame what it shows."""
    async with serving(tmp_path) as (_, client):
        path = await shared(client, await made(client))
        for one in (path, f"{path}/model"):
            problem_of(await client.get(one, headers={"Host": "elsewhere.example"}), 421)
            assert (await client.get(one, headers={"Origin": "https://elsewhere.example"})).status_code == 403
            framed = {**FOLLOWED, "Sec-Fetch-Dest": "iframe"}
            assert (await client.get(one, headers=framed)).status_code == 403
            read = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
            assert (await client.get(one, headers=read)).status_code == 403
            assert "access-control-allow-origin" not in (await client.get(one)).headers


async def test_how_long_it_is_good_for(tmp_path: Path) -> None:
    """A week, or as was said; what cannot be is refused by name."""
    async with serving(tmp_path) as (_, client):
        job_id = await made(client)
        for body, seconds in ((None, DEFAULT_SECONDS), ({}, DEFAULT_SECONDS), ({"seconds": 60}, 60)):
            answer = await client.post(f"/jobs/{job_id}/share", json=body)
            assert answer.status_code == 201
            ends = datetime.fromisoformat(answer.json()["expires"].replace("Z", "+00:00"))
            left = (ends - datetime.now(timezone.utc)).total_seconds()
            assert seconds - 30 < left <= seconds
        for wrong in (LEAST_SECONDS - 1, MOST_SECONDS + 1, "60", 60.5, None, True):
            problem = problem_of(await client.post(f"/jobs/{job_id}/share", json={"seconds": wrong}), 422)
            assert [error.field for error in problem.errors] == ["seconds"]
        problem_of(await client.post(f"/jobs/{job_id}/share", json={"days": 1}), 422)
        problem_of(await client.post(f"/jobs/{job_id}/share", json=[]), 422)
        problem_of(await client.post(f"/jobs/{job_id}/share", data={"seconds": "60"}), 415)


async def test_what_cannot_be_shared(tmp_path: Path) -> None:
    """There is no such job, or it has no model; nothing is made for that."""
    async with serving(tmp_path) as (_, client):
        problem_of(await client.post("/jobs/job-none/share"), 404)
        waiting = await upload(client, {"speed": "60"})
        problem_of(await client.post(f"/jobs/{waiting}/share"), 409)
        await client.delete(f"/jobs/{waiting}")
        problem_of(await client.post(f"/jobs/{waiting}/share"), 409)
        assert not (tmp_path / FILE).exists()
        # And without a key every link leads nowhere.
        problem_of(await client.get("/shared/" + sign(b"x" * 32, Grant(waiting, 2**39)) + "/model"), 404)
        assert not (tmp_path / FILE).exists()


async def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    """Forged, cut, of another key, expired, or to what was removed: said in words, to programs and to people."""
    async with serving(tmp_path) as (_, client):
        job_id = await made(client)
        path = await shared(client, job_id)
        wrong = "b" if path[-1] == "a" else "a"
        now = time.time()
        stranger = f"/shared/{sign(b'x' * 32, Grant(job_id, int(now) + 600))}"
        nobody = forge(tmp_path, "job-nobody", now + 600)
        for bad in (path[:-1], path[:-1] + wrong, path.upper().replace("/SHARED", "/shared"), stranger, "/shared/x"):
            problem_of(await client.get(bad), 404)
            problem_of(await client.get(f"{bad}/model"), 404)
        removed = problem_of(await client.get(nobody), 404)
        assert "job-nobody" not in str(removed)
        expired = forge(tmp_path, job_id, now - 1)
        for one, status in ((expired, 410), (nobody, 404), (path[:-1], 404)):
            problem = problem_of(await client.get(f"{one}/model", headers=BROWSER), status)
            page = await client.get(one, headers=BROWSER)
            assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
            assert page.headers["cache-control"] == "no-store"
            assert "etag" not in page.headers
            assert page.headers["referrer-policy"] == "no-referrer"
            assert problem.detail.startswith(("This link has expired", "The model that", "This link leads nowhere"))
        assert (await client.get(path)).status_code == 200

        assert (await client.delete(f"/jobs/{job_id}")).status_code == 204
        problem_of(await client.get(path), 404)
        problem_of(await client.get(f"{path}/model"), 404)


async def test_a_model_that_is_removed_at_this_moment(tmp_path: Path) -> None:
    """Is not there, and no failure of the server."""
    async with serving(tmp_path) as (_, client):
        job_id = await made(client)
        path = await shared(client, job_id)
        (tmp_path / "jobs" / job_id / "model.glb").unlink()
        for one in (f"{path}/model", f"/jobs/{job_id}/model"):
            problem_of(await client.get(one), 404)


async def test_a_project_or_a_build_is_no_model(tmp_path: Path) -> None:
    """Whatever a signature says: what is shown is a job's model."""
    async with serving(tmp_path) as (_, client):
        await shared(client, await made(client))
        order = {"runId": "run-1", "prompt": "a shop", "workspaceId": "one"}
        assert (await client.post("/api/build", json=order)).status_code == 200
        problem_of(await client.get(forge(tmp_path, "run-1", time.time() + 60) + "/model"), 404)
        problem_of(await client.get(forge(tmp_path, "../journal", time.time() + 60) + "/model"), 404)


async def test_links_outlive_the_server_and_end_with_the_key(tmp_path: Path) -> None:
    """The key is on disk; whoever removes it takes all links back at once."""
    async with serving(tmp_path) as (_, client):
        job_id = await made(client)
        path = await shared(client, job_id)
    async with serving(tmp_path) as (_, client):
        assert (await client.get(f"{path}/model")).status_code == 200
        (tmp_path / FILE).chmod(0o644)
        said = problem_of(await client.get(f"{path}/model"), 500)
        assert str(tmp_path) not in said.json()
        (tmp_path / FILE).unlink()
        problem_of(await client.get(f"{path}/model"), 404)
        again = await shared(client, job_id)
        assert (await client.get(f"{again}/model")).status_code == 200
        problem_of(await client.get(f"{path}/model"), 404)


async def test_with_a_journal_in_memory_the_key_is_beside_its_jobs(tmp_path: Path) -> None:
    """A server with a journal on disk may use the directory above."""
    async with serving(tmp_path, journal="memory") as (_, client):
        path = await shared(client, await made(client))
        assert (await client.get(path)).status_code == 200
        assert (tmp_path / "memory" / FILE).exists()
        assert not (tmp_path / FILE).exists()


async def test_it_ends_at_the_moment_that_was_said(tmp_path: Path) -> None:
    """Not a second later."""
    now = [1_800_000_000.0]
    async with serving(tmp_path) as (server, client):
        job_id = await made(client)
        shares = Shares(_jobs(server), tmp_path, lambda: now[0])
        link = await shares.share(job_id, 60)
        token = link.path.rpartition("/")[2]
        assert link.expires == "2027-01-15T08:01:00.000Z"
        now[0] += 59.9
        assert (await shares.find(token)).id == job_id
        now[0] += 0.2
        with pytest.raises(Gone):
            await shares.find(token)


def _jobs(server: Server) -> Jobs:
    return server.services.jobs
