"""With a real Python, its venv and its pip: from a folder of wheels, and as `./run` has installed it for the tests."""

import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from actors.projects.generators.claude.environment.finding import find_environment
from actors.projects.generators.claude.environment.installing import Plan, install
from actors.projects.generators.claude.environment.locked import DISK_MB
from actors.projects.generators.claude.environment.programs import SetupFailed
from actors.projects.generators.claude.environment.pythons import NoPython, find_python
from tests.needs import missing

pytestmark = [pytest.mark.real, pytest.mark.slow]

VARIABLE = "TEST_CLAUDE_PYTHON"
INFO = "claude_agent_sdk-9.9.9.dist-info"
FILES = {
    "claude_agent_sdk/__init__.py": '__version__ = "9.9.9"\n',
    "claude_agent_sdk/_cli_version.py": '__cli_version__ = "8.8.8"\n',
    "claude_agent_sdk/_bundled/claude": "#!/bin/sh\n",
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: claude-agent-sdk\nVersion: 9.9.9\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def write_wheel(folder: Path) -> str:
    """Write a wheel that looks like the SDK; return its hash."""
    folder.mkdir()
    path = folder / "claude_agent_sdk-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**FILES, f"{INFO}/RECORD": "".join(f"{name},,\n" for name in FILES)}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_from_a_folder_of_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel with another hash is refused and nothing of it stays; the one that is locked is installed and works."""
    try:
        await find_python()
    except NoPython as error:
        missing(f"{error.problem} {error.hint}")
    digest = write_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    wrong, right = tmp_path / "wrong.lock", tmp_path / "right.lock"
    wrong.write_text(f"claude-agent-sdk==9.9.9 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    right.write_text(f"claude-agent-sdk==9.9.9 --hash=sha256:{digest}\n", encoding="utf-8")
    plan = Plan(tmp_path / "a folder with spaces", lock=wrong, room=1)

    with pytest.raises(SetupFailed, match="not the one that was tested"):
        await install(plan, lambda news: None)
    assert not plan.directory.exists()

    installed = await install(replace(plan, lock=right), lambda news: None)
    assert (installed.environment.version, installed.environment.cli) == ("9.9.9", "8.8.8")


def test_the_one_that_the_tests_have(tmp_path: Path) -> None:
    """It is from the lock, and as large as is said beforehand."""
    python = os.environ.get(VARIABLE)
    if python is None:
        missing(f"{VARIABLE} is not set: ./run test does that")
    root = Path(python).parents[1]

    finding = find_environment(root.parent)

    assert finding.environment is not None, finding.availability
    assert finding.environment.python == Path(python)
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files) / 10**6
    assert abs(size - DISK_MB) < 0.15 * DISK_MB, f"locked.DISK_MB should be {size:.0f}"
