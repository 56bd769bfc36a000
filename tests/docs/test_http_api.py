"""The reference of the HTTP API lists what the server answers, and nothing else."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from pydantic import BaseModel

from actors.projects.reporter import KEPT_ERRORS
from actors.runs.states import State
from app.application import _make_quart
from app.composition.projects import make_preview_settings
from app.contracts.builds.models import DeliveryModel
from app.contracts.projects.models import (
    ExpiryModel,
    LatestModel,
    PreviewStateModel,
    ProjectLinksModel,
    ProjectProgressModel,
    UsageModel,
)
from app.errors import STATUS_OF
from app.front.limits import FrontLimits
from app.main import Server
from app.preview import open_previews
from app.preview.routes import OpenedModel
from app.security import Gate, Policy
from app.uploads.endpoint import PATH
from tests.docs.markdown import codes, read, rows, section
from tests.docs.support import ended, upload
from tests.waiting import until

pytestmark = pytest.mark.real

PAGE = read("reference/http-api.md")
REQUESTS = {codes(row[0])[0]: row for row in rows(PAGE[: PAGE.index("## A job")])}
POLICY = {"400", "401", "403", "421", "429"}
NUMBERS = {5: "five"}
METHODS = {"get", "post", "put", "patch", "delete"}


def plain(path: str) -> str:
    """A path, whatever its parts are called."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "*", path)


@pytest.fixture
async def described(server: Server) -> dict[str, Any]:
    """What the server says of itself."""
    async with httpx.AsyncClient() as client:
        answer: dict[str, Any] = (await client.get(f"http://127.0.0.1:{server.port}/openapi.json")).json()
    return answer


async def test_every_route_is_listed(server: Server) -> None:
    """And every line has its route."""
    services, settings = server.services, make_preview_settings(server.services.settings)
    gate = Gate(Policy(server.port))
    async with open_previews(services.projects, settings, gate, FrontLimits()) as previews:
        routes = _make_quart(services, previews).url_map.iter_rules()
    there = {f"{m} {plain(r.rule)}" for r in routes for m in (r.methods or {"GET"}) - {"HEAD", "OPTIONS"}}

    beside = {f"POST {PATH}", "PUT /uploads/*/files/*"}
    assert {plain(request) for request in REQUESTS} == there | beside


async def test_what_openapi_says_is_in_its_line(described: dict[str, Any]) -> None:
    """Each parameter of the query, and each status; what the policy answers is said once, for all of them."""
    lines = {plain(request): row for request, row in REQUESTS.items()}

    for path, item in described["paths"].items():
        for method in METHODS & item.keys():
            line, operation = lines[plain(f"{method.upper()} {path}")], item[method]
            wanted = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
            assert wanted <= set(codes(line[1])), path
            assert operation["responses"].keys() - POLICY - {"422"} <= set(re.findall(r"\b\d{3}\b", line[2])), path


async def test_every_schema_that_is_named_is_there(described: dict[str, Any]) -> None:
    """The page at `/docs` has nothing to show for a name that leads nowhere."""
    named = set(re.findall(r"'#/components/schemas/([^']+)'", str(described)))

    assert named <= set(described["components"]["schemas"])


async def test_a_job_has_the_fields_that_are_listed(described: dict[str, Any]) -> None:
    """As its model says, and as it is answered."""
    listed = {name for row in rows(section(PAGE, "A job")) for name in codes(row[0])} - {state.value for state in State}

    assert listed == set(described["components"]["schemas"]["JobModel"]["properties"])


async def test_an_open_upload_has_the_fields_that_are_listed(described: dict[str, Any]) -> None:
    """As its model says, and so for its photos."""
    schemas, lines = described["components"]["schemas"], rows(section(PAGE, "An open upload"))
    inside = {codes(row[0])[0]: set(codes(row[1])) for row in lines}

    assert inside.keys() == schemas["UploadModel"]["properties"].keys()
    assert inside["files"] == schemas["UploadFileModel"]["properties"].keys()
    assert inside["links"] == schemas["UploadLinksModel"]["properties"].keys()


async def test_a_build_has_the_fields_that_are_listed(described: dict[str, Any]) -> None:
    """As its model says, and what became of its messages."""
    lines = rows(section(PAGE, "A build"))
    delivery = next(row[1] for row in lines if row[0] == "`delivery`")

    assert {name for row in lines for name in codes(row[0])} == set(
        described["components"]["schemas"]["BuildModel"]["properties"]
    )
    assert set(codes(delivery)) == set(DeliveryModel.__fields__)


async def test_a_project_has_the_fields_that_are_listed(described: dict[str, Any]) -> None:
    """As its model says, with those of what is in it; and where its app is shown."""
    schemas, lines = described["components"]["schemas"], rows(section(PAGE, "A project"))
    inside = {codes(row[0])[0]: set(codes(row[1])) for row in lines}

    assert {name for row in lines for name in codes(row[0])} == set(schemas["ProjectModel"]["properties"])
    parts: dict[str, type[BaseModel]] = {
        "progress": ProjectProgressModel,
        "usage": UsageModel,
        "preview": PreviewStateModel,
        "versions": LatestModel,
        "expires": ExpiryModel,
        "links": ProjectLinksModel,
    }
    for name, model in parts.items():
        assert inside[name] == {field.alias for field in model.__fields__.values()}, name
    assert {name for row in rows(section(PAGE, "An app")) for name in codes(row[0])} == set(OpenedModel.__fields__)
    assert f"the last {NUMBERS[KEPT_ERRORS]} of" in section(PAGE, "A project")


async def test_readiness_has_the_fields_that_are_listed(described: dict[str, Any]) -> None:
    """What an operator wants to know."""
    listed = set(codes(REQUESTS["GET /health/ready"][2]))

    assert listed == {*described["components"]["schemas"]["ReadyModel"]["properties"]}


def test_every_state_and_every_status_is_listed() -> None:
    """Of jobs, and of errors."""
    states = {name for row in rows(section(PAGE, "A job")) for name in codes(row[0])} & {state.value for state in State}
    statuses = {int(row[0]) for row in rows(section(PAGE, "Errors"))}

    assert states == {state.value for state in State}
    assert set(STATUS_OF.values()) | {400, 401, 403, 421} <= statuses


async def test_the_life_of_a_job_is_as_it_is_told(server: Server) -> None:
    """Status codes, headers and bodies of one job from its upload to its removal."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        waiting = await upload(client, speed="60")
        assert (await client.get(waiting["links"]["model"])).status_code == 409
        assert (await client.delete(waiting["links"]["self"])).json()["state"] == "cancelled"

        job = await upload(client, speed="0")
        status = await ended(client, job["id"])
        assert status["state"] == "succeeded"
        assert status["links"] == job["links"]
        part = await client.get(job["links"]["model"], headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"glTF")
        tag = {"If-None-Match": part.headers["etag"]}
        assert (await client.get(job["links"]["model"], headers=tag)).status_code == 304
        beyond = {"Range": "bytes=999999999-"}
        assert (await client.get(job["links"]["model"], headers=beyond)).status_code == 416
        assert (await client.delete(job["links"]["self"] + "?cancel_only=true")).status_code == 409
        assert (await client.delete(job["links"]["self"])).status_code == 204
        assert (await client.get(job["links"]["self"])).status_code == 404


async def test_the_life_of_a_build_is_as_it_is_told(server: Server) -> None:
    """Answers and errors of one build from its order to its removal, with no orchestrator there."""
    order = {"runId": "run-1", "prompt": "a shop", "workspaceId": "one", "more": True}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:

        async def status(**changed: object) -> int:
            return (await client.post("/api/build", json={**order, **changed})).status_code

        started = {"status": "started", "runId": "run-1", "message": "Agent is building your application..."}
        assert (await client.post("/api/build", json=order)).json() == started
        assert (await client.post("/api/build", json=order)).json() == started
        assert await status(prompt="another") == 409
        assert await status(runId="run-2", workspacePath="/elsewhere/one") == 422
        assert await status(runId="run-2", prompt="x" * 102_401) == 413
        assert (await client.post("/api/build", content=b"{}")).status_code == 415
        path = "/api/builds/run-1"
        build = (await client.get(path)).json()
        await until(Path(build["workspace"]).is_dir, what="a workspace, which it makes when it begins")
        assert (await client.delete(path)).json()["state"] == "cancelled"
        build = (await client.get(path)).json()
        assert build["delivery"]["waiting"] == build["delivery"]["queued"] == build["messages"]
        assert [one["id"] for one in (await client.get("/api/builds")).json()["builds"]] == ["run-1"]
        assert (await client.delete(path + "?cancel_only=true")).status_code == 409
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert await trio.Path(build["workspace"]).is_dir()


async def test_who_may_call_is_as_it_is_told(server: Server) -> None:
    """Names, pages elsewhere, links, proxies."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:

        async def status(path: str, **headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return (await client.get(path, headers=named)).status_code

        assert await status("/jobs", Host="elsewhere.example") == 421
        assert await status("/jobs", Origin="https://elsewhere.example") == 403
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
        assert await status("/docs", **link) == 200
        assert await status("/jobs", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors") == 403
        assert await status("/jobs", X_Forwarded_For="192.0.2.1") == 401
        assert await status("/health", X_Forwarded_For="192.0.2.1") == 200
        assert (await client.head("/jobs")).status_code == 200
        assert (await client.post("/jobs")).headers["allow"]
