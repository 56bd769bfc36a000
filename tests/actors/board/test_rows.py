"""Rows: what is shown of each kind."""

from typing import Any

import pytest

from actors.board.rows import Row, has_row, newest_first, row_left
from actors.journal.base import Record
from actors.projects.reporter import UNUSED
from actors.runs.states import State, Status

TIMES = {"created": "2026-01-01T00:00:00.000Z", "updated": "2026-01-01T00:00:01.000Z"}


def snapshot(kind: str, **more: Any) -> dict[str, Any]:
    """One as a reporter writes it."""
    return {"id": f"{kind}-1", "kind": kind, **TIMES, **Status().as_json(), **more}


def shown(kind: str, **more: Any) -> dict[str, Any]:
    """Its row."""
    return dict(Row(snapshot(kind, **more)).shown)


def test_a_job() -> None:
    """All of it."""
    running = {"state": "running", "stage": "matching", "percent": 12.5, "done": 1, "total": 8, "remaining_s": 7.0}
    assert shown("job", engine="simulated", images=3, queue_position=2, **running) == {
        "id": "job-1",
        "kind": "job",
        "name": "3 photos",
        "state": "running",
        "reason": "",
        "step": "matching",
        "percent": 12.5,
        "done": 1,
        "total": 8,
        "remaining_s": 7.0,
        "queue_position": 2,
        "by": "simulated",
        "preview": None,
        "cost_usd": None,
        **TIMES,
    }
    assert shown("job", images=1)["name"] == "1 photo"
    assert shown("job", reason="x" * 1000)["reason"] == "x" * 300


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ({}, None),
        ({"facts": {"cost_usd": 0.5}}, 0.5),
        ({"facts": {"cost_usd": 0.5}, "result": {"cost_usd": 0.75}}, 0.75),
        ({"facts": None, "result": {"code": "timeout"}}, None),
        ({"result": {"cost_usd": "much"}}, None),
    ],
)
def test_a_build(more: dict[str, Any], cost: object) -> None:
    """It is called what was asked for, in one line; its cost is the pipeline's to say."""
    row = shown("build", prompt="  a shop\n\nfor   hats " + "x" * 300, pipeline="template", **more)
    assert row["name"].startswith("a shop for hats xxx")
    assert len(row["name"]) == 80
    assert (row["by"], row["preview"], row["cost_usd"]) == ("template", None, cost)


def test_a_project() -> None:
    """Its server, and what it has cost: nothing is not the same as 0."""
    row = shown("project", name="hats", generator="claude", preview={"state": "crashed"}, usage=dict(UNUSED))
    assert (row["name"], row["by"], row["preview"], row["cost_usd"]) == ("hats", "claude", "crashed", None)
    assert shown("project", name="hats", result={"title": "Hats and caps"})["name"] == "Hats and caps"
    assert shown("project", usage={**UNUSED, "model": "some"})["cost_usd"] == 0.0
    assert shown("project", usage={**UNUSED, "model": "some", "cost_usd": 1.5})["cost_usd"] == 1.5
    assert shown("project")["preview"] == "stopped"


def test_what_has_no_row() -> None:
    """A kind that nobody knows, and what has no kind."""
    assert has_row(snapshot("job"))
    assert not has_row(snapshot("other"))
    assert not has_row({})


@pytest.mark.parametrize("state", list(State))
def test_what_a_dead_server_left(state: State) -> None:
    """Nothing of it runs; what had ended is as it was."""
    last = snapshot("project", state=state.value, percent=50.0, stage="writing", preview={"state": "running"})
    record = Record("project-1", "project", state.value, 1, {}, last, TIMES["created"], TIMES["updated"], 9, 4)
    row = row_left(record)
    found = (row.shown["state"], row.shown["percent"], row.shown["step"], row.ended)
    assert found == ((state.value, 50.0, "writing", True) if state.final else ("queued", 0.0, "", False))
    assert row.shown["preview"] == "stopped"


def test_a_record_with_a_damaged_snapshot() -> None:
    """What the journal knows besides is enough."""
    row = row_left(Record("job-1", "job", "failed", 1, {}, {}, TIMES["created"], TIMES["updated"], 9, 4))
    assert (row.id, row.ended, row.shown["name"], row.shown["created"]) == ("job-1", True, "0 photos", TIMES["created"])


def test_the_order() -> None:
    """The newest first, whatever changed last."""
    rows = [Row(snapshot("job", id=name, created=f"2026-01-0{day}")) for name, day in (("a", 1), ("b", 3), ("c", 2))]
    assert [row.id for row in newest_first(rows)] == ["b", "c", "a"]
