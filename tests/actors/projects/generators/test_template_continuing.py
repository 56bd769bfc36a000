"""The generator `template` goes on where a run of it was broken off."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.projects.tools.results import ToolResult
from tests.actors.projects.generators.test_template import Tools, run, said
from tests.actors.projects.tools.conftest import Project, project

__all__ = ["project"]


class BrokenOff(Exception):
    """A run ends here."""


@dataclass
class Ending(Tools):
    """Tools of which so many can be used, until the run is broken off.

    Attributes:
        calls: How many.
    """

    calls: int = 0

    async def call(self, name: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use one, or end."""
        if len(self.used) == self.calls:
            raise BrokenOff
        return await super().call(name, parameters)


def files(root: Path) -> dict[str, bytes]:
    """All files of an app."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("first", ["a habit tracker", "a React app for my notes", "a plain HTML poll"])
async def test_a_first_run_goes_on(project: Project, first: str) -> None:
    """Wherever it was broken off, what comes out is what would have been."""
    whole = Tools(project)
    await run(whole, first)
    wanted = files(project.root)
    for calls in range(0, len(whole.used), 3):
        for path in files(project.root):
            (project.root / path).unlink()
        with pytest.raises(BrokenOff):
            await run(Ending(project, calls=calls), first)
        _, told = await run(Tools(project), first, number=2, continues=True)
        assert files(project.root) == wanted, calls
        assert "is ready" in said(told)


async def test_a_follow_up_goes_on(project: Project) -> None:
    """It does what is still to be done of it; when nothing is, it starts the app and says so."""
    change = "make it green, add a price and call it Fern"
    await run(Tools(project), "a plain HTML poll")
    before = files(project.root)
    whole = Tools(project)
    await run(whole, change, number=2)
    wanted = files(project.root)
    assert wanted != before
    for calls in range(len(whole.used)):
        for path, content in before.items():
            (project.root / path).write_bytes(content)
        with pytest.raises(BrokenOff):
            await run(Ending(project, calls=calls), change, number=2)
        again = Tools(project)
        _, told = await run(again, change, number=3, continues=True)
        assert files(project.root) == wanted, calls
        assert again.names()[-1] == "generate_preview_url"
        assert "nothing was changed" not in said(told)
