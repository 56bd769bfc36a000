"""Attacks by the code of a project on all that is around it, at each level and in each way in which it comes to run."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.tools import find_tools
from tests import needs
from tests.attacks.available import levels
from tests.attacks.hostile import WAYS, open_scene

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A directory for one server after the other, with a name that is short enough for a unix socket."""
    needs.npm()
    path = Path(tempfile.mkdtemp(prefix="callboard-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.mark.parametrize("level", levels(), ids=lambda level: f"L{level.value}")
async def test_a_hostile_project(level: Level, folder: Path) -> None:
    """At L2 it wins nothing, at L1 what is known, and without walls everything: so it is the walls that stop it."""
    async with open_scene(folder, level, package_scripts=True) as scene:
        for way in WAYS:
            won = await scene.attack(way)
            kernel = find_tools().landlock
            known = {
                aim.title: level < Level.L2 and (level < Level.L1 or kernel < aim.landlock) for aim in scene.aims()
            }
            assert won == known, way
