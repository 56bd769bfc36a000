"""The generator: what it tells, and what it leaves."""

from pathlib import Path

import pytest

from actors.generators.base import Began, Brief, Event, FileWritten, GeneratorFailed, Told
from actors.generators.template.generator import TemplateGenerator


async def generate(prompt: str, directory: Path) -> tuple[list[Event], dict[str, object]]:
    """Make an app, and give what was told and the facts."""
    told: list[Event] = []

    async def tell(event: Event) -> None:
        told.append(event)

    made = await TemplateGenerator().generate(Brief(prompt, "an-app", directory, 5000), tell)
    assert made.directory == directory
    return told, dict(made.facts)


def sizes(directory: Path) -> dict[str, int]:
    """What is below a directory."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.stat().st_size for path in files}


async def test_it_says_that_no_model_was_asked(tmp_path: Path) -> None:
    """First of all, with what it took the prompt for."""
    told, facts = await generate("a habit tracker", tmp_path)

    assert told[0] == Began("specify")
    assert isinstance(told[1], Told)
    assert "No model was asked" in told[1].text
    assert "a habit tracker" in told[1].text
    assert facts["model"] is None
    assert facts["title"] == "Habit Tracker"


async def test_it_says_when_it_did_not_understand(tmp_path: Path) -> None:
    """A general board is no answer that pretends."""
    told, _ = await generate("beehives", tmp_path)

    assert isinstance(told[1], Told)
    assert "general board for beehives" in told[1].text


async def test_it_tells_each_step_once_and_each_file_that_is_there(tmp_path: Path) -> None:
    """In the order in which they are written."""
    told, facts = await generate("notes", tmp_path)

    written = [event for event in told if isinstance(event, FileWritten)]
    there = sizes(tmp_path)
    assert [event.step for event in told if isinstance(event, Began)] == ["specify", "structure", "frontend"]
    assert {event.path: event.size for event in written} == there
    assert facts["files"] == len(there)


async def test_a_disk_that_refuses_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    """And no crash."""
    (tmp_path / "specs").write_text("in the way", encoding="utf-8")

    with pytest.raises(GeneratorFailed) as failure:
        await generate("notes", tmp_path)

    assert failure.value.code == "write_failed"
    assert "specs/" in failure.value.problem
