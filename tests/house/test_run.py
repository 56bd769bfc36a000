"""The script of the README's two commands says what to do when a machine lacks something."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.project import ROOT

TOOLS = ("cat", "cksum", "cp", "cut", "dirname", "env", "id", "mktemp", "rm", "sh")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The script in a folder whose name has spaces."""
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs for PATH that has no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def add_program(folder: Path, name: str, text: str) -> None:
    """Puts a shell script on the PATH that `folder` is, in place of the machine's own program."""
    # What is there is a link to that program, which is not to be written to.
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def run(clone: Path, *arguments: str, path: str = os.defpath, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs the script from elsewhere, with no home directory and no terminal."""
    return subprocess.run(
        [str(clone / "run"), *arguments],
        cwd="/",
        env={"PATH": path, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_arguments_it_lists_its_commands(clone: Path) -> None:
    """The two of the README come first."""
    said = run(clone)

    assert said.returncode == 0
    assert said.stdout.index("demo") < said.stdout.index("check") < said.stdout.index("wheel")


def test_without_python_it_says_what_to_do(clone: Path, bare: Path) -> None:
    """Nothing is set up, and the package to install is named."""
    said = run(clone, "demo", path=str(bare))

    assert said.returncode == 1
    assert "no Python 3.9 or later was found" in said.stderr
    assert "apt-get install python3" in said.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_does_not_run_is_refused(clone: Path, bare: Path) -> None:
    """PYTHON is taken at its word, and named when it is wrong."""
    said = run(clone, "demo", path=str(bare), PYTHON="/nowhere/python3")

    assert said.returncode == 1
    assert "PYTHON=/nowhere/python3 is not a Python 3.9 or later" in said.stderr


def test_a_missing_venv_module_is_named(clone: Path, bare: Path) -> None:
    """Debian keeps it in a package of its own."""
    add_program(bare, "id", "echo 1000")
    add_program(bare, "python3", 'case "$2" in *version_info*) echo "3.12 $0" ;; *) exit 1 ;; esac')
    shutil.copy(ROOT / "requirements.lock", clone)
    shutil.copy(ROOT / "pyproject.toml", clone)

    said = run(clone, "demo", path=str(bare))

    assert said.returncode == 1
    assert "apt-get install python3.12-venv" in said.stderr


def test_an_unknown_option_of_check_is_refused(clone: Path, bare: Path) -> None:
    """It says how to run some of the tests."""
    said = run(clone, "check", "tests/actors", path=str(bare))

    assert said.returncode == 1
    assert "./run test tests/actors" in said.stderr
