"""Health, readiness, and the description of the API."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from actors.runtime.threads import NoThread
from app.contracts.operations.disk import look_at_disk
from app.contracts.operations.models import ReadyModel
from app.openapi import api
from tests.app.served import serving

pytestmark = pytest.mark.real


async def test_health_to_the_letter(tmp_path: Path) -> None:
    """Callers of the builder contract compare it."""
    async with serving(tmp_path) as (_, client):
        answer = await client.get("/health")
        assert answer.status_code == 200
        assert list(answer.json().items()) == [("status", "ok"), ("service", "happy-llama-agent-python")]


async def test_ready(tmp_path: Path) -> None:
    """It says what an operator wants to know."""
    async with serving(tmp_path, jobs_at_once=7) as (_, client):
        answer = (await client.get("/health/ready")).json()
        ready = ReadyModel.parse_obj(answer)
        assert set(answer) >= set(ReadyModel.__fields__)
        assert (ready.ready, ready.jobs["running_limit"], ready.default_engine) == (True, 7, "simulated")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"f_bavail": 3}, "is full: 12288 bytes are free"),
        ({"f_favail": 0}, "takes no more files"),
        ({"f_flag": os.ST_RDONLY}, "it is read-only"),
        ({"f_files": 0, "f_favail": 0}, ""),
    ],
)
async def test_a_disk_that_takes_nothing_more_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, int], words: str
) -> None:
    """Before anybody has tried to write; which disk and why is in the reason."""
    good = {"f_bavail": 1000, "f_frsize": 4096, "f_flag": 0, "f_files": 100, "f_favail": 10, "f_blocks": 2000}
    async with serving(tmp_path) as (_, client):
        said = SimpleNamespace(**{**good, **changes})
        monkeypatch.setattr("app.contracts.operations.disk.os.statvfs", lambda _: said)
        answer = await client.get("/health/ready")
        monkeypatch.undo()
    assert answer.status_code == (503 if words else 200)
    assert answer.json()["ready"] is (not words)
    assert words in answer.json()["reason"]
    assert not words or str(tmp_path) in answer.json()["reason"]


def test_a_disk_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    """In place of an answer that fails."""
    found = look_at_disk(tmp_path / "gone")
    assert found.free == 0
    assert "cannot be looked at: No such file" in found.trouble


async def test_a_machine_without_a_thread_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer needs none, and says so."""

    async def refuse(*_: object) -> None:
        raise NoThread("There is no thread left.")

    async with serving(tmp_path) as (_, client):
        for user in ("app.contracts.operations.disk", "actors.projects.service"):
            monkeypatch.setattr(f"{user}.in_thread", refuse)
        answer = await client.get("/health/ready")
        monkeypatch.undo()
    assert answer.status_code == 503
    assert "no thread left" in answer.json()["reason"]
    assert "no thread left" in answer.json()["projects_trouble"]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


async def test_openapi(tmp_path: Path) -> None:
    """Each route is there, each answer has words, each reference leads somewhere."""
    async with serving(tmp_path) as (_, client):
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] == "Callboard"
    wanted = {"/upload", "/jobs", "/jobs/{id}", "/jobs/{id}/model", "/engines", "/health", "/health/ready"}
    assert wanted | {"/events/{id}", "/ws/{id}"} <= set(document["paths"])
    for reference in _references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/")]
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert operation["responses"], (method, path)
            assert operation["summary"].endswith("."), path
            assert all(answer["description"] for answer in operation["responses"].values())
            declared = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
            assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    assert len(set(names)) == len(names)
    json.dumps(document, allow_nan=False)


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


async def test_each_model_has_a_name_of_its_own(tmp_path: Path) -> None:
    """A model is described once, by its name: of two with one name the other would be described wrongly."""
    async with serving(tmp_path) as (_, client):
        described = (await client.get("/openapi.json")).json()["components"]["schemas"]
    assert set(api.models) <= set(described)
    names = [model.__name__ for model in set(_models(BaseModel)) if model.__module__.startswith("app.")]
    assert [name for name in described if names.count(name) != 1] == []
