"""Versions: listed, compared, restored, copied."""

from typing import Any

import pytest

from actors.projects.versions.store import VersionStore
from app.contracts.projects.models import AcceptedProjectModel, ProjectModel
from app.contracts.projects.shapes import DiffModel, VersionsModel
from tests.app.contracts.answers import problem_of
from tests.app.contracts.projects.conftest import ONE, World


@pytest.fixture
def store(world: World) -> VersionStore:
    """The versions of the project that is there: three of them."""
    found = VersionStore(world.projects.root / f"versions-{ONE}")
    for number in range(1, 4):
        (world.files / "one.txt").write_text(f"{number}\n")
        found.snapshot(world.files, label=f"step {number}", cause="write_file")
    return found


async def test_none_yet(world: World) -> None:
    """An empty list, and nothing to compare."""
    assert await (await world.get("/versions")).get_json() == {"versions": [], "next": None}
    await problem_of(await world.get("/versions/v1/diff"), 404)


@pytest.mark.usefixtures("store")
async def test_the_list(world: World) -> None:
    """Page by page, the newest first, and no page that is empty."""
    first = VersionsModel.parse_obj(await (await world.get("/versions?limit=2")).get_json())
    assert [(one.id, one.label, one.changed.modified) for one in first.versions] == [
        ("v3", "step 3", 1),
        ("v2", "step 2", 1),
    ]
    rest = VersionsModel.parse_obj(await (await world.get(f"/versions?limit=1&before={first.next}")).get_json())
    assert ([one.id for one in rest.versions], rest.next) == (["v1"], None)


@pytest.mark.usefixtures("store")
async def test_a_difference(world: World) -> None:
    """From the one before, or from any; of all files, or of one."""
    whole = DiffModel.parse_obj(await (await world.get("/versions/v3/diff")).get_json())
    assert (whole.before, whole.to, whole.total) == ("v2", "v3", 1)
    assert "-2\n+3\n" in whole.files[0].text
    far = DiffModel.parse_obj(await (await world.get("/versions/v3/diff?from=v1&path=one.txt")).get_json())
    assert "-1\n+3\n" in far.files[0].text
    back = DiffModel.parse_obj(await (await world.get("/versions/v1/diff?from=v3")).get_json())
    assert "-3\n+1\n" in back.files[0].text
    await problem_of(await world.get("/versions/v1/diff"), 409)
    await problem_of(await world.get("/versions/v3/diff?path=../secret"), 404)


async def test_what_was_pruned(world: World, store: VersionStore) -> None:
    """It has no page, and nothing is compared with it."""
    store.prune(2)
    assert [one["id"] for one in (await (await world.get("/versions")).get_json())["versions"]] == ["v3", "v2"]
    await problem_of(await world.get("/versions/v2/diff"), 409)
    await problem_of(await world.get("/versions/v3/diff?from=v1"), 404)
    page = await (await world.get("/versions?limit=2")).get_json()
    assert await (await world.get(f"/versions?before={page['next']}")).get_json() == {"versions": [], "next": None}


@pytest.mark.usefixtures("store")
async def test_a_restore(world: World) -> None:
    """The files are what they were."""
    answer = await world.post("/versions/v1/restore")
    assert answer.status_code == 200
    assert ProjectModel.parse_obj(await answer.get_json()).id == ONE
    assert (world.files / "one.txt").read_text() == "1\n"
    await problem_of(await world.post("/versions/v9/restore"), 404)


@pytest.mark.usefixtures("store")
async def test_a_fork(world: World) -> None:
    """Of the newest version without a body, else as it says."""
    bodies: tuple[dict[str, Any], ...] = ({}, {"json": {}}, {"json": {"version": "v2", "name": "Other"}})
    for words in bodies:
        answer = await world.post("/fork", **words)
        assert answer.status_code == 201
        found = AcceptedProjectModel.parse_obj(await answer.get_json())
        assert answer.headers["location"] == found.links.self
    assert found.name == "Other"
    await problem_of(await world.post("/fork", json={"version": "v9"}), 404)
