"""A server that is killed in the middle of an upgrade leaves the journal as it was, and the next one finishes."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.journal import migrations, sqlite, upgrading
from actors.journal.migrations import STEPS
from actors.journal.place import Place
from tests.actors.journal.earlier import VERSIONS, content, dump, load
from tests.actors.journal.migrating import FURTHER, NOT_REACHED
from tests.house.project import ROOT

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _further(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps more than there are, as the process that is killed has them."""
    for module in (migrations, upgrading):
        monkeypatch.setattr(module, "STEPS", (*STEPS, *FURTHER))


def upgraded(path: Path) -> bool:
    """Whether a journal has all steps behind it; otherwise it has to be as it was."""
    with closing(sqlite3.connect(str(path))) as connection:
        return migrations.version_of(connection) == len(STEPS) + len(FURTHER)


def die_at(path: Path, moment: str) -> bool:
    """Have the upgrade killed; whether there is such a moment."""
    command = [sys.executable, "-m", "tests.actors.journal.migrating", str(path), moment]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in {-9, NOT_REACHED}, done.stderr
    return done.returncode == -9


def loaded(folder: Path, version: int) -> Place:
    """A journal of a version in a directory of its own."""
    folder.mkdir()
    place = Place(folder / "journal.sqlite3")
    load(version, place.journal)
    return place


def finished(place: Place, before: dict[str, list[dict[str, Any]]], version: int) -> None:
    """Start again: all steps are behind it, nothing is lost, and what is kept is what it was."""
    sqlite.connect(place.journal).close()
    assert upgraded(place.journal)
    now = content(place.journal)
    assert {row.pop("colour") for row in now["actors"]} == {"green"}
    assert now == before
    assert list(place.earlier()) == [version]
    assert content(place.of_version(version)) == before


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_a_kill_leaves_it_as_it_was(version: int, tmp_path: Path) -> None:
    """While it is copied, and before each statement: never of a version in between. The next start finishes."""
    statements = 0
    for moment in ("copying", *map(str, range(100))):
        place = loaded(tmp_path / moment, version)
        before, was = content(place.journal), list(dump(place.journal.parent))
        if not die_at(place.journal, moment):
            assert upgraded(place.journal)
            break
        assert list(dump(place.journal.parent)) == was
        assert not upgraded(place.journal)
        finished(place, before, version)
        statements += moment.isdigit()
    assert statements >= 4 + len(FURTHER) * 2


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kill_after_the_steps_loses_nothing(version: int, tmp_path: Path) -> None:
    """The next start has nothing to do."""
    place = loaded(tmp_path / "one", version)
    before = content(place.journal)
    assert die_at(place.journal, "done")
    assert upgraded(place.journal)
    finished(place, before, version)
