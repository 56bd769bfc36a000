"""Who may do what, over the wire: names, origins and tokens, for HTTP, for uploads and for upgrades."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.jobs import files_of, upload
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, calling, serving
from tests.e2e.test_bad_input import check_problem

TOKEN = "t0ken-t0ken-t0ken-t0ken"


async def _upgrade(server: ServerProcess, job: str, *headers: str) -> int:
    reader = Reader(job, headers=headers)
    return await reader.follow(server.port)


@pytest.mark.real
async def test_names_and_origins(tmp_path: Path) -> None:
    """A name that is not ours, and a page that we do not know, get nowhere."""
    origin = "https://app.example"
    async with serving(tmp_path / "data", origins=origin) as server, calling(server) as client:
        job = await upload(client, speed=0)
        for path in ("/jobs", f"/events/{job}", "/health/ready"):
            check_problem(await client.get(path, headers={"Host": "evil.example"}), 421, "evil.example")
            foreign = await client.get(path, headers={"Origin": "https://evil.example"})
            check_problem(foreign, 403, "evil.example")
            assert "access-control-allow-origin" not in foreign.headers
            own = await client.get(path, headers={"Origin": server.url})
            assert own.status_code == 200
            listed = await client.get(path, headers={"Origin": origin})
            assert listed.status_code == 200
            assert listed.headers["access-control-allow-origin"] == origin
        for headers, status in (({"Host": "evil.example"}, 421), ({"Origin": "null"}, 403)):
            check_problem(await client.post("/upload", files=files_of(), headers=headers), status, "")
        cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        check_problem(await client.get("/jobs", headers=cross), 403, "another site")
        assert await _upgrade(server, job, "Origin: https://evil.example") == 403
        assert await _upgrade(server, job, f"Origin: {server.url}") == 1000
        assert await _upgrade(server, job, f"Origin: {origin}") == 1000
        assert len(server.directories()) == 1
        assert "Traceback" not in server.said


@pytest.mark.real
async def test_tokens(tmp_path: Path) -> None:
    """Where one is needed, each route and each upgrade needs it; health and the pages' shells do not."""
    settings: dict[str, Any] = {"token": TOKEN, "require_token": True}
    async with serving(tmp_path / "data", **settings) as server, calling(server, TOKEN) as client:
        job = await upload(client, speed=0)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as stranger:
            for path in ("/jobs", f"/jobs/{job}", f"/jobs/{job}/model", f"/events/{job}", "/engines", "/health/ready"):
                missing = await stranger.get(path)
                check_problem(missing, 401, "token")
                assert missing.headers["www-authenticate"].startswith("Bearer")
                wrong = await stranger.get(path, headers={"Authorization": "Bearer nonsense"})
                check_problem(wrong, 401, "wrong")
            check_problem(await stranger.post("/upload", files=files_of()), 401, "token")
            check_problem(await stranger.delete(f"/jobs/{job}"), 401, "token")
            for path in ("/health", f"/jobs/{job}/view"):
                assert (await stranger.get(path)).status_code == 200
        assert await _upgrade(server, job) == 401
        assert await _upgrade(server, job, "Sec-WebSocket-Protocol: callboard, bearer.nonsense") == 401
        assert await _upgrade(server, job, f"Sec-WebSocket-Protocol: callboard, bearer.{TOKEN}") == 1000
        assert await _upgrade(server, job, f"Authorization: Bearer {TOKEN}") == 1000
        assert TOKEN not in server.said
        assert len(server.directories()) == 1


@pytest.mark.real
async def test_a_local_server_with_a_token_trusts_loopback(tmp_path: Path) -> None:
    """Unless a proxy says that it passed the request on."""
    async with serving(tmp_path / "data", token=TOKEN) as server, calling(server) as client:
        assert (await client.get("/jobs")).status_code == 200
        check_problem(await client.get("/jobs", headers={"X-Forwarded-For": "203.0.113.9"}), 401, "token")
