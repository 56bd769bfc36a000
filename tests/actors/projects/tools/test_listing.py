"""list_directory."""

import os

import pytest

from actors.projects.tools import listing
from tests.actors.projects.tools.conftest import Project


async def test_list(project: Project) -> None:
    """Paths are relative to the project; what is not source is named only, links are not followed."""
    for path in ("package.json", "src/App.tsx", "src/lib/deep/x.ts", "node_modules/a/index.js", "dist/x.js"):
        project.file(path)
    (project.root / "link").symlink_to("..")
    result = await project.call("list_directory")
    assert result.text.splitlines() == [
        "dist/ (not listed)",
        "link (link)",
        "node_modules/ (not listed)",
        "package.json",
        "src/",
        "src/App.tsx",
        "src/lib/",
    ]
    assert (await project.call("list_directory", path="node_modules/")).text.splitlines() == [
        "node_modules/a/",
        "node_modules/a/index.js",
    ]
    assert "src/lib/deep/x.ts" in (await project.call("list_directory", path="src", depth=8)).text


async def test_bounded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large directory the first entries come, and that there are more."""
    monkeypatch.setattr(listing, "MAX_ENTRIES", 10)
    for number in range(20):
        project.file(f"f{number:02}")
    result = await project.call("list_directory")
    assert result.cut
    assert result.data["entries"] == 10
    assert "more than 10 entries" in result.text


async def test_odd_names(project: Project) -> None:
    """A name cannot make up a line of its own, nor break the text's encoding."""
    project.file("a\nb")
    os.close(os.open(os.fsencode(project.root) + b"/\xff", os.O_CREAT | os.O_WRONLY))
    result = await project.call("list_directory")
    assert result.ok
    assert result.text.encode().splitlines() == [b"'a\\nb'", b"'\\udcff'"]


async def test_not_a_directory(project: Project) -> None:
    """What is no directory is told, with what to do."""
    project.file("a")
    for path, problem in (("a", "is a file"), ("gone", "no directory")):
        result = await project.call("list_directory", path=path)
        assert not result.ok
        assert problem in result.text
    assert (await project.call("list_directory", path=".")).ok


async def test_cached(project: Project, settled: None) -> None:
    """A second listing is from the cache, until a directory in it is another."""
    project.file("src/a")
    first = await project.call("list_directory")
    assert await project.call("list_directory", path=".") == first
    assert project.executed["cached"] is True
    project.file("src/b")
    assert "src/b" in (await project.call("list_directory")).text
    assert project.executed["cached"] is False
