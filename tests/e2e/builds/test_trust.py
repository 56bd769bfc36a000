"""Who may ask for builds where a token is needed: an orchestrator that is trusted, which sends none."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.builds.rounds import body, open_round
from tests.e2e.server import calling
from tests.e2e.test_bad_input import check_problem

TOKEN = "a-token-of-sixteen-or-more"


@pytest.mark.real
async def test_a_trusted_peer_builds_without_the_token(tmp_path: Path) -> None:
    """And can do nothing else without it; what a proxy or a page sends is not the peer's own."""
    settings: dict[str, Any] = {"token": TOKEN, "require_token": True, "trusted_peers": "127.0.0.1"}
    async with open_round(tmp_path, **settings) as found, calling(found.server, TOKEN) as owner:
        stranger = found.client
        await found.ask("run-1")
        end = await found.over("run-1")
        assert end["state"] == "succeeded"
        assert (await stranger.get("/health")).status_code == 200
        assert (await stranger.get("/api/builds")).status_code == 200
        for path in ("/jobs", "/engines", "/health/ready", "/events/run-1"):
            check_problem(await stranger.get(path), 401, "token", name=path)
            assert (await owner.get(path)).status_code == 200
        for header, value in (("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"), ("Via", "1.1 proxy")):
            answer = await stranger.post("/api/build", json=body("run-2"), headers={header: value})
            check_problem(answer, 401, "token", name=header)
        answer = await stranger.post("/api/build", json=body("run-2"), headers={"Origin": "https://evil.example"})
        check_problem(answer, 403, "evil.example")
        assert await _from_elsewhere(found.server.url.replace("127.0.0.1", "[::1]")) == 401
        assert (await owner.get("/api/builds/run-2")).status_code == 404
        assert TOKEN not in found.server.said
        # It may follow nothing, so that what it was told is looked at with the token.
        found.client = owner
        await found.check("run-1")


async def _from_elsewhere(url: str) -> int:
    """Ask from an address that is not trusted."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        return (await client.post("/api/build", json=body("run-2"))).status_code
