"""Who plays the workers: the SDK's real one, behind a tee, or the fake one."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Optional

from tests.claude.loopback import Loopback, write_program
from tests.claude.transcripts import PLACE, Entry, name_of, normalised
from tests.house.project import ROOT

VARIABLE = "TEST_CLAUDE_PYTHON"
"""Names the Python of the SDK's environment, for the tests."""


def real_python() -> Optional[Path]:
    """Return the Python of the SDK's environment; None when there is none for tests."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def fake_python(place: Path, transcripts: Path = PLACE) -> Path:
    """Make a script that is a fake worker whatever it is told to run.

    Args:
        place: The directory that it is written to.
        transcripts: What it says.
    """
    return write_program(place / "fake-python", [*_program("tests.claude.fake_worker"), str(transcripts)])


class Fakes:
    """Fake workers."""

    url = "http://127.0.0.1:9"

    def python(self, place: Path) -> Path:
        """Return what a worker is started with."""
        return fake_python(place)

    def asked(self) -> Sequence[Mapping[str, Any]]:
        """Return what the API was asked for: nothing."""
        return []


class Reals:
    """Real workers, of which all is noted.

    Args:
        python: Of the SDK's environment.
        api: The stand-in that they talk to.
    """

    def __init__(self, python: Path, api: Loopback) -> None:
        self._python = api.python(python)
        self._api = api
        self._notes: list[Path] = []
        self._numbers = count(1)

    @property
    def url(self) -> str:
        """Where their API is."""
        return self._api.url

    def python(self, place: Path) -> Path:
        """Return what a worker is started with."""
        number = next(self._numbers)
        self._notes.append(place / f"noted-{number}")
        command = [*_program("tests.claude.tee"), str(self._notes[-1]), str(self._python)]
        return write_program(place / f"python-{number}", command)

    def asked(self) -> Sequence[Mapping[str, Any]]:
        """Return what the API was asked for."""
        return self._api.asked()

    def asked_besides(self) -> Sequence[Mapping[str, Any]]:
        """Return what the API was asked for that is no message."""
        return self._api.other()

    def transcripts(self, place: Path) -> Mapping[str, list[Entry]]:
        """Return what was said so far, as transcripts by their names.

        Args:
            place: Where it happened.
        """
        noted = [normalised(_read_notes(note), place) for note in self._notes]
        return {name: entries for entries in noted if (name := name_of(entries)) is not None}


def _program(module: str) -> list[str]:
    """Return what runs a program of the tests from wherever it is started."""
    return ["env", f"PYTHONPATH={ROOT}", sys.executable, "-S", "-m", module]


def _read_notes(note: Path) -> list[Entry]:
    """Read what a tee noted; its last line may have been cut by a kill."""
    lines = note.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]
