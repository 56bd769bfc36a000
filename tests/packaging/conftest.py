"""The wheel of this tree, and a machine that has it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.project import ROOT
from tests.packaging.machine import Machine, lay_out


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture
def machine(tmp_path: Path, wheel: Path) -> Machine:
    """A machine of its own."""
    folder = tmp_path / "machine"
    folder.mkdir()
    return lay_out(folder, wheel)
