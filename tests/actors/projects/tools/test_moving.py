"""What `rm`, `mv` and `cp` have changed is on the disk when the tool says that it is done."""

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.projects.tools.base import Change
from actors.projects.tools.moving import changed_by, settle
from actors.projects.tools.outside import CommandOutcome
from tests.actors.projects.tools.conftest import Project, ToldRunner


class _Runner(ToldRunner):
    """Runs what it is told to, in the project and without walls."""

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool = False
    ) -> CommandOutcome:
        """Run it to its end."""
        done = subprocess.run(argv, cwd=cwd, check=False, stderr=subprocess.DEVNULL)  # noqa: ASYNC221 - quick
        return replace(self.outcome, exit_code=done.returncode)


@pytest.fixture
def synced(project: Project, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced, relative to the project and in order, with `version` where one is kept."""
    found: list[str] = []

    def sync(descriptor: int) -> None:
        found.append(os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), project.root))

    monkeypatch.setattr(os, "fsync", sync)
    return found


async def _call(project: Project, synced: list[str], **parameters: Any) -> bool:
    async def keep(_: Change) -> None:
        synced.append("version")

    real = project.with_context(runner=_Runner(), changed=keep)
    return (await real.call("run_command", **parameters)).ok


@pytest.mark.real
@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (["rm", "src/a"], ["src"]),
        (["rm", "-rf", "src/deep"], ["src"]),
        (["rm", "src"], ["."]),
        (["mv", "src/a", "src/new"], ["src/new", "src"]),
        (["mv", "src/a", "top"], ["top", ".", "src"]),
        (["mv", "src/a", "lib"], ["lib/a", "lib", ".", "src"]),
        (["cp", "src/a", "lib/b"], ["lib/b", "lib", "src"]),
    ],
)
async def test_what_changed_is_synced(project: Project, synced: list[str], argv: list[str], wanted: list[str]) -> None:
    """The content and the new name before the old one, and all of it before a version is kept."""
    for path in ("src/a", "src/deep/b", "lib/c"):
        project.file(path)
    done = await _call(project, synced, argv=argv)
    assert done is (argv != ["rm", "src"])  # a directory, which takes -r
    assert synced == [*wanted, "version"]


@pytest.mark.real
async def test_names_are_of_the_directory_that_it_runs_in(project: Project, synced: list[str]) -> None:
    """Of one that is below the project's."""
    project.file("src/deep/b")
    assert await _call(project, synced, argv=["mv", "deep/b", "c"], directory="src")
    assert synced == ["src/c", "src", "src/deep", "version"]


async def test_a_disk_that_says_no_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not on the disk is not said to be done."""
    project.file("src/a")

    def sync(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", sync)
    result = await project.call("run_command", argv=["rm", "src/a"])
    assert not result.ok
    assert "input/output error" in result.text


def test_links_are_not_followed_out_of_the_project(project: Project, synced: list[str], tmp_path: Path) -> None:
    """Nor is anything opened that is neither a file nor a directory: a pipe would block."""
    (project.root / "away").symlink_to(tmp_path)
    os.mkfifo(project.root / "pipe")
    settle(project.root, changed_by(["mv", "away/secret", "pipe"], "."))
    settle(project.root, changed_by(["cp", "gone/x", "pipe/y"], "."))
    settle(project.root, ["../secret"])
    assert set(synced) == {"."}


@pytest.mark.parametrize("argv", [["node", "a.js"], ["pnpm", "run", "build"], ["rm"], ["mv"], ["mv", "-f"]])
def test_other_commands_are_not_looked_at(argv: list[str]) -> None:
    """What a program of the project writes is its own business, and its versions keep what is source."""
    assert changed_by(argv, ".") == ()
