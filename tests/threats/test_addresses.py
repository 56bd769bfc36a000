"""No request can have the server ask an address of the sender's choosing: there is nothing to take out, so no row."""

import json

import pytest

from tests.app.served import serving
from tests.threats.answers import hostile
from tests.waiting import until

pytestmark = pytest.mark.real

QUIET = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def test_a_build_asks_the_configured_orchestrator_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever address a request names: it is the setting that is asked, which also shows that one would be noticed."""
    root = tmp_path_factory.mktemp("addresses")
    async with hostile(QUIET) as (mine, asked_mine), hostile(QUIET) as (theirs, asked_theirs):
        settings = {"orchestrator_url": f"http://127.0.0.1:{theirs}", "sandbox": "L0", "projects_root": root / "p"}
        async with serving(root / "data", **settings) as (_, client):
            url = f"http://127.0.0.1:{mine}/mine"
            named = dict.fromkeys(("callbackUrl", "callback", "orchestratorUrl", "orchestrator_url", "webhook"), url)
            body = {"runId": "run", "prompt": url, "workspaceId": "w", **named}
            headers = {"referer": url, "x-callback-url": url}
            assert (await client.post("/api/build", json=body, headers=headers)).is_success
            await until(lambda: asked_theirs)
        assert not asked_mine


async def test_no_request_has_a_field_for_an_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The description of the API names each field of each request."""
    root = tmp_path_factory.mktemp("fields")
    async with serving(root / "data", sandbox="L0", projects_root=root / "p") as (_, client):
        described = (await client.get("/openapi.json")).json()
    bodies = [
        operation.get("requestBody", {})
        for path in described["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]
    schemas = described["components"]["schemas"]
    named = {one.rpartition("/")[2] for one in _references(json.dumps(bodies))}
    fields = {field.lower() for name in named for field in schemas[name].get("properties", {})}
    assert fields, "there are bodies"
    assert not [field for field in fields if any(word in field for word in ("url", "uri", "callback", "hook", "host"))]


def _references(text: str) -> list[str]:
    """All that a description refers to."""
    return [part.partition('"')[0] for part in text.split('"$ref": "')[1:]]
