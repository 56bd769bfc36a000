"""create_vite_app, create_react_app and create_next_app."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors.projects.files.source import MAKING
from actors.projects.starters.starters import STARTERS, files
from actors.projects.tools.outside import CommandOutcome
from tests.actors.projects.tools.conftest import Project, ToldRunner, failing, unchanged_outside

TOOLS = {"create_vite_app": "vite", "create_react_app": "react", "create_next_app": "next"}
each = pytest.mark.parametrize("tool", sorted(TOOLS))


@dataclass
class Creator(ToldRunner):
    """Makes an app as a registry's creator does, or does not.

    Attributes:
        makes: Called with the directory that it has to make.
    """

    makes: Callable[[Path], None] = lambda directory: None

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool = False
    ) -> CommandOutcome:
        """Make an app."""
        assert cwd.name == MAKING
        self.makes(cwd / argv[3])
        return await super().run(argv, cwd=cwd, seconds=seconds, on_line=on_line, network=network)


def make_app(directory: Path) -> None:
    """Make what a creator makes, and what is left behind."""
    for path in ("package.json", "src/main.js", ".gitignore", "node_modules/x/index.js", ".git/config"):
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text("{}\n", encoding="utf-8")
    (directory / "picture.png").write_bytes(b"\x89PNG\xff")


def creating(project: Project, makes: Callable[[Path], None], **told: Any) -> Project:
    """Return the project with a creator."""
    return project.with_context(runner=Creator(makes=makes, **told))


def contents(project: Project) -> dict[str, bytes]:
    """Return what the project's files have."""
    found = (path for path in project.root.rglob("*") if path.is_file())
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in found}


@each
async def test_shipped(project: Project, tool: str) -> None:
    """The starter's files are there at once, each is told of, and a version is kept."""
    began, worked = time.monotonic(), time.process_time()
    result = await project.call(tool, name="Tea tasting")
    # Of work, not of waiting for a processor; what is told is what a clock on the wall says.
    assert time.process_time() - worked < 1
    assert 0 <= project.executed["seconds"] <= round(time.monotonic() - began, 3)
    assert result.ok, result.text
    starter = STARTERS[TOOLS[tool]]
    expected = files(starter.name, "Tea tasting")
    assert contents(project) == expected
    told = [event.data for event in project.events if event.type == "file_created"]
    assert {str(data["path"]): data["size"] for data in told} == {path: len(data) for path, data in expected.items()}
    assert result.data["files"] == list(expected)
    assert (result.data["entry"], result.data["output"]) == (starter.entry, starter.output)
    assert starter.entry in result.text
    assert [change.paths for change in project.changes] == [tuple(expected)]
    assert not project.runner.asked
    assert unchanged_outside(project)


@each
async def test_again(project: Project, tool: str) -> None:
    """The same again changes nothing; what was cut short is completed; another app is refused."""
    await project.call(tool, name="Tea")
    assert (await project.call(tool, name="Tea")).data["changed"] is False
    whole = contents(project)
    (project.root / "package.json").unlink()
    result = await project.call(tool, name="Tea")
    assert result.data["files"] == ["package.json"]
    assert contents(project) == whole
    for other in ("create_vite_app", "create_react_app", "create_next_app"):
        result = await project.call(other, name="Coffee")
        assert not result.ok
        assert "already" in result.text
        assert "edit_file" in result.text
    assert contents(project) == whole
    assert len(project.changes) == 2


@pytest.mark.parametrize("source", ["shipped", "registry"])
@pytest.mark.parametrize("path", ["package.json", "src/App.tsx", "x", ".env"])
async def test_not_empty(project: Project, source: str, path: str) -> None:
    """What somebody wrote is not written over, nor mixed with another app."""
    project.file(path)
    result = await project.call("create_react_app", source=source)
    assert not result.ok
    assert path in result.text
    assert list(contents(project)) == [path]
    assert not project.runner.asked
    assert not project.changes


async def test_what_is_not_source_does_not_count(project: Project) -> None:
    """What packages and builds left, and empty directories, are no app."""
    project.file("node_modules/x/package.json")
    project.file("dist/index.html")
    project.file(f"{MAKING}/half/package.json")
    (project.root / "src").mkdir()
    assert (await project.call("create_vite_app")).ok
    assert not (project.root / MAKING).exists()


@pytest.mark.parametrize("name", ["src", "public", "package.json", MAKING])
@pytest.mark.parametrize("source", ["shipped", "registry"])
async def test_links(project: Project, name: str, source: str) -> None:
    """A link in the project leads no file out of it."""
    outside = project.root.parent.parent / "elsewhere"
    outside.mkdir()
    (project.root / name).symlink_to(outside)
    await creating(project, make_app).call("create_vite_app", source=source)
    assert list(outside.iterdir()) == []
    assert unchanged_outside(project)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"source": "elsewhere"}, "shipped"),
        ({"name": 1}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"path": "x"}, "path"),
    ],
)
async def test_wrong_parameters(project: Project, parameters: dict[str, Any], said: str) -> None:
    """What is wrong is said."""
    result = await project.call("create_vite_app", **parameters)
    assert not result.ok
    assert said in result.text
    assert not contents(project)


async def test_no_version(project: Project) -> None:
    """That no version could be kept is said; the app stands."""
    result = await project.with_context(changed=failing()).call("create_vite_app")
    assert result.ok
    assert "no version was kept" in result.text


@each
async def test_registry(project: Project, tool: str) -> None:
    """The registry's creator makes it, beside the app; then it is the app, without what is left behind."""
    project = creating(project, make_app)
    runner = project.context.runner
    result = await project.call(tool, name="Tea & Cakes", source="registry")
    assert result.ok, result.text
    assert isinstance(runner, Creator)
    (asked,) = runner.asked
    assert asked["argv"][:2] == ["pnpm", "create"]
    assert asked["argv"][2].split("@")[1].isdigit(), "a pinned major"
    assert asked["argv"][3] == "tea-cakes"
    assert asked["network"] is True
    assert set(contents(project)) == {"package.json", "src/main.js", ".gitignore", "picture.png"}
    assert sorted(result.data["files"]) == sorted(contents(project))
    assert not (project.root / MAKING).exists()
    assert {"log", "file_created", "directory_created", "tool_executed"} == set(project.types())
    assert len(project.changes) == 1


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (CommandOutcome(1, None, "ERR_PNPM_META_FETCH_FAIL", False, 3), "META_FETCH"),
        (CommandOutcome(None, 15, "", False, 180, timed_out=True), "nothing was printed"),
        (CommandOutcome(0, None, "", False, 1), "made no app"),
    ],
)
async def test_registry_fails(project: Project, outcome: CommandOutcome, said: str) -> None:
    """What failed is said, with the way out, and nothing is left."""
    project = creating(project, lambda directory: None, outcome=outcome)
    result = await project.call("create_next_app", source="registry")
    assert not result.ok
    assert said in result.text
    assert '"shipped"' in result.text
    assert list(project.root.iterdir()) == []
    assert not project.changes
    assert (await project.call("create_next_app")).ok


async def test_registry_conflict(project: Project) -> None:
    """A file that came up meanwhile is kept."""

    def make_and_write(directory: Path) -> None:
        make_app(directory)
        (project.root / "package.json").write_text("mine", encoding="utf-8")

    result = await creating(project, make_and_write).call("create_vite_app", source="registry")
    assert not result.ok
    assert contents(project) == {"package.json": b"mine"}


async def test_hostile_creator(project: Project) -> None:
    """A creator that puts a link in the place of its directory moves nothing of another."""
    outside = project.root.parent.parent / "elsewhere"
    outside.mkdir()
    (outside / "secret").write_text("secret", encoding="utf-8")
    result = await creating(project, lambda directory: directory.symlink_to(outside)).call(
        "create_vite_app", source="registry"
    )
    assert not result.ok
    assert os.listdir(outside) == ["secret"]  # noqa: PTH208 - the names only
    assert not contents(project)


async def test_package_name(project: Project) -> None:
    """The package's name is one that npm takes."""
    await project.call("create_vite_app", name="Ünïcode & more!")
    assert json.loads((project.root / "package.json").read_bytes())["name"] == "unicode-more"
