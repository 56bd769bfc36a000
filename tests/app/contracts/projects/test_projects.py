"""Projects as such: asked for, listed, changed, ended."""

import json
from typing import Any, Optional

import pytest

from actors.projects.base import MAX_PROMPT, GenerateRequest
from actors.runtime.errors import Busy, StorageFull
from app.contracts.projects.models import AcceptedProjectModel, GeneratorsModel, ProjectModel, ProjectsModel
from tests.app.contracts.answers import problem_of
from tests.app.contracts.projects.conftest import ONE, World


async def test_a_prompt_is_taken(world: World) -> None:
    """With what is documented, and where it is."""
    answer = await world.client.post("/api/generate", json={"prompt": "A shopping list"})
    assert answer.status_code == 202
    body = await answer.get_json()
    assert set(body) == set(AcceptedProjectModel.__fields__)
    found = AcceptedProjectModel.parse_obj(body)
    assert answer.headers["location"] == found.links.self == f"/api/projects/{found.id}"
    assert set(body["links"].values()) == {
        found.links.self,
        *(f"{found.links.self}/{part}" for part in ("status", "files", "preview", "archive", "versions", "log")),
        f"{found.links.self}/messages",
        f"{found.links.self}/continue",
        f"/events/{found.id}",
        f"/ws/{found.id}",
    }
    assert world.projects.asked[found.id] == GenerateRequest("A shopping list")


async def test_how_to_switch(world: World) -> None:
    """It is told once somebody could, and has not said what is to be used."""
    asked = {"prompt": "A shopping list"}
    assert (await (await world.client.post("/api/generate", json=asked)).get_json())["hint"] is None
    world.projects.alternative = "claude"
    hint = (await (await world.client.post("/api/generate", json=asked)).get_json())["hint"]
    for words in ('"generator": "claude"', "callboard generate --generator claude", "CALLBOARD_GENERATOR=claude"):
        assert words in hint
    named = {**asked, "generator": "template"}
    assert (await (await world.client.post("/api/generate", json=named)).get_json())["hint"] is None


async def test_all_that_can_be_asked_for(world: World) -> None:
    """The generator and the name."""
    asked = {"prompt": " \U0001f600\n", "generator": "template", "name": " \u00dcber uns "}
    answer = await world.client.post("/api/generate", json=asked)
    assert answer.status_code == 202
    assert list(world.projects.asked.values())[1] == GenerateRequest(" \U0001f600\n", "template", "\u00dcber uns")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "prompt"),
    ({"prompt": ""}, "prompt"),
    ({"prompt": " \n\t"}, "prompt"),
    ({"prompt": "a\0b"}, "prompt"),
    ({"prompt": 7}, "prompt"),
    ({"prompt": None}, "prompt"),
    ({"prompt": ["x"]}, "prompt"),
    ({"prompt": "x", "generator": 1}, "generator"),
    ({"prompt": "x", "generator": "x" * 65}, "generator"),
    ({"prompt": "x", "name": ""}, "name"),
    ({"prompt": "x", "name": "a\nb"}, "name"),
    ({"prompt": "x", "name": "\u202eevil"}, "name"),
    ({"prompt": "x", "name": "x" * 81}, "name"),
    ({"prompt": "x", "name": {}}, "name"),
    ({"prompt": "x", "path": "/etc"}, "path"),
    ({"prompt": "x", "__proto__": {}}, "__proto__"),
]


@pytest.mark.parametrize(("body", "field"), WRONG)
async def test_a_wrong_field_is_named(world: World, body: dict[str, Any], field: str) -> None:
    """Nothing is accepted, and the answer says which field and what it should be."""
    problem = await problem_of(await world.client.post("/api/generate", json=body), 422)
    assert [error.field for error in problem.errors] == [field]
    assert problem.hint
    assert list(world.projects.asked) == [ONE]


BODIES = [b"{", b"[]", b"7", b'"x"', b"null", b"\xff", b'{"prompt": NaN}', b'{"prompt": "\\ud800"}', b"[" * 90_000, b""]


@pytest.mark.parametrize("path", ["/api/generate", f"/api/projects/{ONE}/messages", f"/api/projects/{ONE}/tools/x"])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_a_body_that_is_no_object(world: World, path: str, body: bytes) -> None:
    """It is refused, whoever it is for."""
    answer = await world.client.post(path, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (404, 422)
    await problem_of(answer, answer.status_code)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_body_of_another_kind(world: World, kind: Optional[str]) -> None:
    """What a page elsewhere could send without asking is not read."""
    headers = {"Content-Type": kind} if kind else {}
    data = json.dumps({"prompt": "x"}).encode()
    for path in ("/api/generate", f"/api/projects/{ONE}/messages", f"/api/projects/{ONE}/tools/write_file"):
        await problem_of(await world.client.post(path, data=data, headers=headers), 415)
    await problem_of(await world.post("/fork", data=data, headers=headers), 415)


async def test_what_is_too_large(world: World) -> None:
    """The prompt, and the body."""
    fits = {"prompt": "\u00e9" * MAX_PROMPT}
    assert (await world.client.post("/api/generate", json=fits)).status_code == 202
    world.projects.ended.add(ONE)
    for path in ("/api/generate", f"/api/projects/{ONE}/messages"):
        for length in (MAX_PROMPT + 1, 2_000_000):
            await problem_of(await world.client.post(path, json={"prompt": "x" * length}), 413)


@pytest.mark.parametrize(("failing", "status"), [(Busy("full", hint="x"), 503), (StorageFull("full", hint="x"), 507)])
async def test_what_the_service_refuses(world: World, failing: Any, status: int) -> None:
    """With the time to come back."""
    world.projects.failing = failing
    answer = await world.client.post("/api/generate", json={"prompt": "x"})
    await problem_of(answer, status)
    assert "retry-after" in answer.headers


async def test_messages(world: World) -> None:
    """One is taken when nothing goes on."""
    await problem_of(await world.post("/messages", json={"prompt": "greener"}), 409)
    world.projects.ended.add(ONE)
    answer = await world.post("/messages", json={"prompt": "greener", "generator": "template"})
    assert (answer.status_code, (await answer.get_json())["run"]) == (202, 2)
    assert world.projects.messages == [(ONE, "greener", "template", {})]
    await problem_of(await world.post("/messages", json={"prompt": "x", "name": "y"}), 422)


async def test_going_on(world: World) -> None:
    """With what is said of the generator and the budget, or with nothing; not while a run goes on."""
    await problem_of(await world.post("/continue"), 409)
    world.projects.ended.add(ONE)
    for body in (None, {}, {"generator": "template", "budget": {"turns": 3}}):
        answer = await (world.post("/continue") if body is None else world.post("/continue", json=body))
        assert (answer.status_code, (await answer.get_json())["run"]) == (202, 2)
    assert world.projects.continued == [(ONE, None, {}), (ONE, None, {}), (ONE, "template", {"turns": 3})]
    await problem_of(await world.post("/continue", json={"prompt": "x"}), 422)
    await problem_of(await world.client.post("/api/projects/project-9/continue"), 404)


async def test_a_budget(world: World) -> None:
    """What is set of it, and nothing else, with any of the three requests."""
    budget = {"turns": 3, "tokens": 10**12, "cost_usd": 2, "seconds": 0.5}
    answer = await world.client.post("/api/generate", json={"prompt": "x", "budget": budget})
    assert world.projects.asked[(await answer.get_json())["id"]].budget == budget
    world.projects.ended.add(ONE)
    assert (await world.post("/messages", json={"prompt": "x", "budget": {"seconds": 9}})).status_code == 202
    assert world.projects.messages[-1][-1] == {"seconds": 9}
    assert (await world.post("/messages", json={"prompt": "x", "budget": {}})).status_code == 202


WRONG_BUDGETS: list[tuple[str, str]] = [
    ("7", "budget"),
    ("[]", "budget"),
    ('{"turns": 0}', "budget.turns"),
    ('{"turns": 1.5}', "budget.turns"),
    ('{"turns": true}', "budget.turns"),
    ('{"turns": null}', "budget.turns"),
    ('{"turns": 1000001}', "budget.turns"),
    ('{"tokens": "9"}', "budget.tokens"),
    ('{"tokens": 1' + "0" * 400 + "}", "budget.tokens"),
    ('{"cost_usd": -1}', "budget.cost_usd"),
    ('{"cost_usd": 1e999}', "budget.cost_usd"),
    ('{"cost_usd": 1' + "0" * 400 + "}", "budget.cost_usd"),
    ('{"seconds": "1"}', "budget.seconds"),
    ('{"dollars": 1}', "budget.dollars"),
]


@pytest.mark.parametrize("path", ["/api/generate", f"/api/projects/{ONE}/messages", f"/api/projects/{ONE}/continue"])
@pytest.mark.parametrize(("budget", "field"), WRONG_BUDGETS, ids=range(len(WRONG_BUDGETS)))
async def test_a_wrong_budget_is_refused(world: World, path: str, budget: str, field: str) -> None:
    """And named by its part."""
    world.projects.ended.add(ONE)
    prompt = "" if path.endswith("continue") else '"prompt": "x", '
    data = f'{{{prompt}"budget": {budget}}}'.encode()
    answer = await world.client.post(path, data=data, headers={"Content-Type": "application/json"})
    problem = await problem_of(answer, 422)
    assert [error.field for error in problem.errors] == [field]


async def test_a_project_as_it_is(world: World) -> None:
    """The shape that is documented, and the same under both addresses."""
    body = await (await world.get("")).get_json()
    assert set(body) == set(ProjectModel.__fields__)
    project = ProjectModel.parse_obj(body)
    assert (project.step, project.progress.percent, project.progress.total) == ("installing", 40, 5)
    assert project.versions.latest == "v1"
    assert await (await world.get("/status")).get_json() == body


async def test_a_list(world: World) -> None:
    """Page by page, with less of each prompt."""
    for number in range(3):
        await world.client.post("/api/generate", json={"prompt": f"{number} " + "x" * 500})
    world.projects.ended.add(ONE)
    first = ProjectsModel.parse_obj(await (await world.client.get("/api/projects?limit=3")).get_json())
    rest = ProjectsModel.parse_obj(
        await (await world.client.get(f"/api/projects?limit=3&before={first.next}")).get_json()
    )
    assert [one.id for one in first.projects + rest.projects] == [f"project-{n}" for n in (4, 3, 2, 1)]
    assert rest.next is None
    assert {len(one.prompt) for one in first.projects} == {200}
    done = await (await world.client.get("/api/projects?state=succeeded")).get_json()
    assert [one["id"] for one in done["projects"]] == [ONE]
    assert (await (await world.client.get("/api/projects?state=paused")).get_json())["projects"] == []
    await problem_of(await world.client.get("/api/projects?state=asleep"), 422)


async def test_the_end(world: World) -> None:
    """Cancelled alone once; removed at any time."""
    cancelled = await world.client.delete(f"/api/projects/{ONE}?cancel_only=true")
    assert (cancelled.status_code, (await cancelled.get_json())["id"]) == (200, ONE)
    await problem_of(await world.client.delete(f"/api/projects/{ONE}?cancel_only=true"), 409)
    assert (await world.client.delete(f"/api/projects/{ONE}")).status_code == 204
    for method in ("get", "delete"):
        await problem_of(await getattr(world.client, method)(f"/api/projects/{ONE}"), 404)


async def test_generators(world: World) -> None:
    """With the default one."""
    found = GeneratorsModel.parse_obj(await (await world.client.get("/api/generators")).get_json())
    assert (found.default, [one.name for one in found.generators]) == ("template", ["template"])
