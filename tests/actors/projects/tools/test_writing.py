"""write_file and create_directory."""

import os
import stat

import pytest
import trio

from actors.projects.tools.base import Change
from actors.projects.tools.placing import MAX_FILE
from tests.actors.projects.tools.conftest import Project, failing, unchanged_outside


async def test_create_and_change(project: Project) -> None:
    """A file is made with its directories, then changed; each leaves its events and a version."""
    result = await project.call("write_file", path="src/lib/a.ts", content="one\ntwo")
    assert result.ok
    assert result.text == "created src/lib/a.ts (2 lines)"
    assert project.types() == ["directory_created", "directory_created", "file_created", "tool_executed"]
    file = project.root / "src/lib/a.ts"
    file.chmod(0o755)
    result = await project.call("write_file", path="src/lib/a.ts", content="one\n")
    assert result.text == "changed src/lib/a.ts (2 lines before, 1 now)"
    assert file.read_text(encoding="utf-8") == "one\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o755
    assert project.types()[-2:] == ["file_changed", "tool_executed"]
    assert project.changes[-1] == Change("write_file", result.text, ("src/lib/a.ts",))
    assert unchanged_outside(project)


async def test_same_content(project: Project) -> None:
    """Writing what is there already changes nothing: no event, no version, no new file."""
    file = project.file("a", "same")
    before = file.stat()
    result = await project.call("write_file", path="a", content="same")
    assert result.ok
    assert result.data["changed"] is False
    assert project.types() == ["tool_executed"]
    assert not project.changes
    assert file.stat().st_mtime_ns == before.st_mtime_ns


async def test_too_large(project: Project) -> None:
    """More than a file may have is refused, by its bytes too; a larger file is not written over."""
    for content in ("x" * (MAX_FILE + 1), "\u20ac" * (MAX_FILE // 2)):
        result = await project.call("write_file", path="a", content=content)
        assert not result.ok
        assert str(MAX_FILE) in result.text
    assert (await project.call("write_file", path="a", content="x" * MAX_FILE)).ok
    (project.root / "a").write_bytes(b"x" * (MAX_FILE + 1))
    assert not (await project.call("write_file", path="a", content="small")).ok


async def test_hard_link(project: Project) -> None:
    """A file that has another name elsewhere is replaced, and the other keeps its content."""
    os.link(project.root.parent / "secret", project.root / "a")
    assert (await project.call("write_file", path="a", content="mine")).ok
    assert unchanged_outside(project)


async def test_create_directory(project: Project) -> None:
    """Directories are made as far as they are missing."""
    result = await project.call("create_directory", path="src/lib/")
    assert result.text == "created src/lib"
    assert result.data["created"] == ["src", "src/lib"]
    assert project.types() == ["directory_created", "directory_created", "tool_executed"]
    result = await project.call("create_directory", path="src/lib")
    assert (result.ok, result.text) == (True, "src/lib is there already")
    project.file("file")
    assert not (await project.call("create_directory", path="file/x")).ok
    assert not (await project.call("create_directory", path="file")).ok


async def test_no_version(project: Project) -> None:
    """When no version can be kept the change stands, and the result says both."""
    project = project.with_context(changed=failing("the disk is full"))
    result = await project.call("write_file", path="a", content="x")
    assert result.ok
    assert "no version was kept: the disk is full" in result.text


async def test_changed_meanwhile(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that something else changes between reading and replacing is not overwritten."""
    file = project.file("a", "old")
    synced = os.fsync

    def sync(descriptor: int) -> None:
        file.write_text("theirs", encoding="utf-8")
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    result = await project.call("write_file", path="a", content="ours")
    assert not result.ok
    assert "changed by something else" in result.text
    assert file.read_text(encoding="utf-8") == "theirs"
    assert unchanged_outside(project)


async def test_both_at_once(project: Project) -> None:
    """Of many edits at the same time none is lost."""
    project.file("a", "".join(f"[{number}]\n" for number in range(12)))
    async with trio.open_nursery() as nursery:
        for number in range(12):

            async def edit(number: int = number) -> None:
                assert (await project.call("edit_file", path="a", old=f"[{number}]", new=f"({number})")).ok

            nursery.start_soon(edit)
    assert "[" not in (project.root / "a").read_text(encoding="utf-8")


async def test_cancelled(project: Project) -> None:
    """A cancel goes through, and leaves the file whole and nothing besides."""
    project.file("a", "old")
    with trio.CancelScope() as scope:
        scope.cancel()
        await project.call("write_file", path="a", content="new")
    assert scope.cancelled_caught
    assert (project.root / "a").read_text(encoding="utf-8") in {"old", "new"}
    assert not project.events
    assert unchanged_outside(project)
    assert (await project.call("write_file", path="a", content="newer")).ok
