"""Who may read the figures and the API's description: on loopback anybody, elsewhere whoever has a token for it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.security import Caller, Policy, Scope, judge
from tests.e2e.server import serving
from tests.e2e.test_bad_input import check_problem
from tests.e2e.tokens import add, bearer, callboard

TOKEN = "t0ken-t0ken-t0ken-t0ken"
NAME = "board.example"
GUARDED = ("/metrics", "/openapi.json", "/health/ready")
ELSEWHERE: dict[str, dict[str, str]] = {
    "through a proxy": {"X-Forwarded-For": "203.0.113.9"},
    "by another name": {"Host": NAME},
}
"""Requests that are not local."""


@pytest.mark.parametrize("path", GUARDED)
def test_from_another_machine(path: str) -> None:
    """Not without a token, and then only with one that may."""
    policy = Policy(3002, hosts=(NAME,), token=TOKEN)
    caller = Caller("GET", path, host=NAME, peer="203.0.113.9")
    denial = judge(caller, policy)
    assert denial is not None
    assert denial.status == 401
    assert judge(Caller("GET", path, host=NAME, peer="203.0.113.9", authorization=f"Bearer {TOKEN}"), policy) is None


@pytest.mark.real
async def test_the_figures_and_the_description_off_loopback(tmp_path: Path) -> None:
    """401 without a token; the narrowest one reads figures, and nothing that tells of anybody's work."""
    data = tmp_path / "data"
    code, narrow, said = await callboard(data, "add", "prometheus", "--scope", "metrics")
    assert code == 0, said
    wide = add(data, "eye", Scope.READ)
    settings: dict[str, Any] = {"hosts": NAME}
    async with serving(data, **settings) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, verify=False) as client:
            for path in GUARDED:
                assert (await client.get(path)).status_code == 200  # on loopback
            for headers in ELSEWHERE.values():
                for path in ("/health", "/health/live"):
                    assert (await client.get(path, headers=headers)).status_code == 200
                for path in GUARDED:
                    check_problem(await client.get(path, headers=headers), 401, "token")
                    assert (await client.get(path, headers={**headers, **bearer(wide)})).status_code == 200
                mine = {**headers, **bearer(narrow)}
                assert (await client.get("/metrics", headers=mine)).text.startswith("# HELP")
                assert (await client.get("/api/me", headers=mine)).json()["scope"] == "metrics"
                for path in ("/openapi.json", "/jobs", "/api/board", "/api/projects", "/events/job-1"):
                    refused = await client.get(path, headers=mine)
                    check_problem(refused, 403, "read")
                    assert 'scope="read"' in refused.headers["www-authenticate"]
                check_problem(await client.delete("/jobs/job-1", headers=mine), 403, "admin")
        assert narrow not in server.said
