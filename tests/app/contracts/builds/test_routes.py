"""The routes of the builder contract: to the letter where it has letters, and helpful where a request is wrong."""

import json
from copy import deepcopy
from typing import Any, Optional

import pytest
from trio.testing import MockClock

from actors.builds.base import BuildRequest
from actors.runtime.errors import Busy, StorageFull
from app.contracts.builds.models import BuildModel, BuildsModel
from app.openapi import api, describe
from tests.app.contracts.answers import problem_of
from tests.app.contracts.builds.conftest import BODY_LIMIT, World

BODY = {"runId": "run-7", "prompt": "A habit tracker", "workspaceId": "ws_1.a"}
LATER: dict[str, Any] = {**BODY, "workspacePath": "/srv/workspaces/ws_1.a", "assignedPort": 5007}
STARTED = b'{"status":"started","runId":"run-7","message":"Agent is building your application..."}'


async def post(world: World, body: Any, kind: Optional[str] = "application/json") -> Any:
    """Ask for a build."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": kind} if kind else {}
    return await world.app.test_client().post("/api/build", data=data, headers=headers)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
async def test_both_shapes_get_the_answer_to_the_letter(world: World, kind: str) -> None:
    """With what comes beside the known fields ignored."""
    for body, path, port in ((BODY, None, None), (LATER, LATER["workspacePath"], 5007)):
        world.builds.asked.clear()
        answer = await post(world, {**body, "userId": 7, "nested": {"a": [None]}, "half": "\ud800"}, kind)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert (await answer.get_data()).strip() == STARTED
        assert world.builds.asked == {"run-7": BuildRequest("run-7", "A habit tracker", "ws_1.a", path, port)}


async def test_the_same_again(world: World) -> None:
    """The same body gets the same answer, another one is a conflict."""
    nothing = {"workspacePath": None, "assignedPort": None}
    for body in (BODY, BODY, {**BODY, **nothing}, {**BODY, "unknown": 1}):
        assert await (await post(world, body)).get_data() == STARTED + b"\n"
    await problem_of(await post(world, {**BODY, "prompt": "Another"}), 409)
    assert list(world.builds.asked.values()) == [BuildRequest("run-7", "A habit tracker", "ws_1.a")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("runId", "x" * 128),
        ("runId", "..."),
        ("runId", "job"),
        ("runId", "2f1c9a6e-7b1d-4c0e-9a55-0d3f0b2c1e11"),
        ("workspaceId", "job-1"),
        ("workspaceId", "-"),
        ("prompt", "\u00e9" * 50 * 1024),
        ("prompt", "two\r\nlines\t\U0001f600\x1b"),
        ("workspacePath", "/"),
        ("workspacePath", "/srv/w\u00e9b site"),
        ("assignedPort", 1),
        ("assignedPort", 65535),
        # JSON has one kind of number.
        ("assignedPort", 5000.0),
    ],
)
async def test_what_is_just_right(world: World, field: str, value: Any) -> None:
    """It is taken as it is."""
    assert (await post(world, {**BODY, field: value})).status_code == 200
    (asked,) = world.builds.asked.values()
    assert value in asked.as_json().values()


WRONG: list[tuple[str, Any]] = [
    *[
        ("runId", value)
        for value in ("", ".", "..", "a/b", "a b", "x" * 129, "a\n", "\u00e9", "job-1", "project-1", "\ud800")
    ],
    *[("runId", value) for value in (7, True, None, ["run-7"], {"a": 1})],
    *[
        ("workspaceId", value)
        for value in ("../x", "/etc", "", "x" * 300, "a\\b", ".", "..", "a\0", "%2e%2e", "\u0663", 1, None)
    ],
    *[("prompt", value) for value in ("", " \n", "a\0b", "\ud83d", 5, None, ["x"])],
    *[("workspacePath", value) for value in ("", "relative", "../x", "/a\0b", "/a\nb", "/" + "x" * 5000, "/\udc80", 1)],
    *[("assignedPort", value) for value in (0, -1, 65536, 10**400, "5000", 5000.5, True, [5000], 1e999)],
]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_a_wrong_field_is_named(world: World, field: str, value: Any) -> None:
    """Nothing is accepted, and the answer says which field and what it should be."""
    problem = await problem_of(await post(world, {**LATER, field: value}), 422)
    assert [error.field for error in problem.errors] == [field]
    assert f"{field} {problem.errors[0].problem}" in problem.detail
    assert "value" not in problem.errors[0].problem
    assert world.builds.asked == {}


async def test_all_wrong_fields_are_named_at_once(world: World) -> None:
    """And those that are missing."""
    problem = await problem_of(await post(world, {"assignedPort": "x", "run_id": "run-7", "workspacePath": "."}), 422)
    assert {error.field: error.problem for error in problem.errors} == {
        "runId": "is missing",
        "prompt": "is missing",
        "workspaceId": "is missing",
        "workspacePath": "must be an absolute path, or be left out",
        "assignedPort": "must be a whole number from 1 to 65535, without quotes",
    }


@pytest.mark.parametrize("prompt", ["x" * (100 * 1024 + 1), "\u00e9" * (50 * 1024 + 1)])
async def test_a_prompt_that_is_too_large(world: World, prompt: str) -> None:
    """Bytes count, not characters."""
    problem = await problem_of(await post(world, {**BODY, "prompt": prompt}), 413)
    assert [error.field for error in problem.errors] == ["prompt"]
    assert world.builds.asked == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"runId": "run-7",}',
        b"runId=run-7",
        b"\xff\xfe\x00",
        b'{"prompt": "\xff"}',
        b"[" * 100_000,
        b'{"assignedPort": ' + b"9" * 5000 + b"}",
        b"null",
        b"[]",
        b'"run-7"',
        b"NaN",
    ],
)
async def test_what_is_no_object(world: World, body: bytes) -> None:
    """Whatever it is instead."""
    problem = await problem_of(await post(world, body), 422)
    assert "runId" in str(problem.hint) or problem.errors
    assert world.builds.asked == {}


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ","],
)
async def test_another_media_type(world: World, kind: Optional[str]) -> None:
    """A page can make a browser send some of these without asking; and curl does by itself."""
    problem = await problem_of(await post(world, BODY, kind), 415)
    assert "application/json" in problem.detail
    assert "curl" in str(problem.hint)
    assert world.builds.asked == {}


async def test_a_body_that_is_too_large(world: World) -> None:
    """One limit for what is announced and for what comes."""
    body = json.dumps({**BODY, "filler": "x" * BODY_LIMIT}).encode()
    await problem_of(await post(world, body), 413)
    headers = {"Content-Type": "application/json", "Content-Length": str(50_000_000)}
    answer = await world.app.test_client().post("/api/build", data=b"{", headers=headers)
    await problem_of(answer, 413)
    assert world.builds.asked == {}


@pytest.mark.parametrize(("error", "status"), [(Busy("Full.", hint="Wait."), 503), (StorageFull("F.", hint="W."), 507)])
async def test_what_the_service_refuses(world: World, error: Any, status: int) -> None:
    """It has its status."""
    world.builds.failing = error
    answer = await post(world, BODY)
    await problem_of(answer, status)
    assert answer.headers["retry-after"]


async def test_other_methods(world: World) -> None:
    """They are answered with what there is."""
    answer = await world.app.test_client().get("/api/build")
    await problem_of(answer, 405)
    assert "POST" in answer.headers["allow"]


async def test_show_and_list(world: World) -> None:
    """The shapes are those that are documented, without what a build keeps for itself; a list has pages."""
    client = world.app.test_client()
    for number in range(5):
        await post(world, {**LATER, "runId": f"r.{number}", "prompt": "word " * 100})
    shown = await (await client.get("/api/builds/r.3")).get_json()
    build = BuildModel.parse_obj(shown)
    assert set(shown) <= set(BuildModel.__fields__)
    assert (build.id, build.port, len(build.prompt)) == ("r.3", 5007, 500)
    assert build.links.dict() == {"self": "/api/builds/r.3", "events": "/events/r.3", "websocket": "/ws/r.3"}
    seen: list[str] = []
    before: Optional[str] = ""
    while before is not None:
        page = await (await client.get(f"/api/builds?limit=2{before}")).get_json()
        listed = BuildsModel.parse_obj(page)
        assert all(len(one.prompt) == 200 for one in listed.builds)
        seen.extend(one.id for one in listed.builds)
        before = None if listed.next is None else f"&before={listed.next}"
    assert seen == ["r.4", "r.3", "r.2", "r.1", "r.0"]
    none = await (await client.get("/api/builds?state=failed")).get_json()
    assert none == {"builds": [], "next": None}
    for query in ("state=great", "limit=0", "limit=501", "before=-1"):
        await problem_of(await client.get(f"/api/builds?{query}"), 422)
    for path in ("/api/builds/r.9", "/api/builds/%2e%2e%2f"):
        await problem_of(await client.get(path), 404)


async def test_delete(world: World) -> None:
    """A build that runs is cancelled; one that has ended is removed, unless only a cancel was wanted."""
    client = world.app.test_client()
    await post(world, BODY)
    cancelled = await client.delete("/api/builds/run-7?cancel_only=true")
    assert cancelled.status_code == 200
    assert (await cancelled.get_json())["state"] == "cancelled"
    await problem_of(await client.delete("/api/builds/run-7?cancel_only=true"), 409)
    await problem_of(await client.delete("/api/builds/run-7?cancel_only=perhaps"), 422)
    removed = await client.delete("/api/builds/run-7")
    assert (removed.status_code, await removed.get_data()) == (204, b"")
    await problem_of(await client.delete("/api/builds/run-7"), 404)


async def test_a_cancel_that_takes_long(world: World, autojump_clock: MockClock) -> None:
    """It was heard, and the state is what it is."""
    await post(world, BODY)
    world.builds.stuck = True
    answer = await world.app.test_client().delete("/api/builds/run-7")
    assert answer.status_code == 202
    assert (await answer.get_json())["state"] == "running"


async def test_the_description(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields are called as they are sent."""
    # It is made once a process, and uses its models up: not the one of other tests' servers, and not kept for them.
    monkeypatch.setattr(api, "models", deepcopy(api.models))
    monkeypatch.setattr(api, "_spec", None, raising=False)
    monkeypatch.delattr(api, "_spec")
    async with world.app.app_context():
        document = describe([])
    body = document["paths"]["/api/build"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    fields = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert set(fields["properties"]) == set(LATER)
    assert set(fields["required"]) == set(BODY)
    answers = document["paths"]["/api/build"]["post"]["responses"]
    assert {"200", "409", "413", "415", "422", "503", "507"} <= set(answers)
    assert "application/problem+json" in answers["413"]["content"]
