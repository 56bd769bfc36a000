"""What cannot be placed, and what cannot make room."""

import fcntl
import os
from pathlib import Path

import pytest

from actors.builds.base import BuildFailed
from actors.builds.transform.place import place, recover
from actors.processes import directories
from actors.runtime.errors import InvalidInput
from tests.actors.builds.transform.test_place import APP, PAGES, workspace_in
from tests.actors.builds.transform.trees import read_tree, write_tree


def test_sources_that_cannot_be_taken(tmp_path: Path) -> None:
    """Each with what is wrong with it."""
    workspace = write_tree(workspace_in(tmp_path), APP)
    write_tree(tmp_path, {"file": "", "link": f"-> {tmp_path}/there", "there/index.html": ""})
    for source in (
        tmp_path / "missing",
        tmp_path / "file",
        tmp_path / "link",
        workspace,
        tmp_path,
        workspace / ".callboard",
    ):
        with pytest.raises(BuildFailed) as caught:
            place(source, workspace, port=5000, run="1")
        assert caught.value.code == "transform_source", source
        assert caught.value.hint
    with pytest.raises(InvalidInput):
        place(tmp_path / "there", workspace, port=5000, run="../x")
    assert read_tree(workspace) == APP


def test_a_broken_package_json(tmp_path: Path) -> None:
    """It fails, and says so; a link is not read."""
    workspace = workspace_in(tmp_path)
    for number, text in enumerate(("{", "[]", '{"a":1}' + " " * (1 << 20), "-> other.json")):
        source = write_tree(tmp_path / str(number), {"package.json": text, "other.json": "{}", "index.html": ""})
        with pytest.raises(BuildFailed):
            place(source, workspace, port=5000, run="1")
    assert read_tree(workspace) == {}


def test_one_at_a_time(tmp_path: Path) -> None:
    """A second build in the same workspace is told so."""
    workspace = write_tree(workspace_in(tmp_path), {".callboard/x": ""})
    held = os.open(workspace / ".callboard", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BuildFailed, match="another build") as caught:
            place(write_tree(tmp_path / "1", APP), workspace, port=5000, run="1")
        assert caught.value.code == "transform_busy"
    finally:
        os.close(held)


def test_entries_that_cannot_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is only stale stays, with a note; one that has to go fails the build before anything is changed."""
    workspace = write_tree(workspace_in(tmp_path), {**PAGES, "dist/x": "theirs"})
    monkeypatch.setattr(directories, "movable", lambda name, at: name not in {"dist", "src"})
    with pytest.raises(BuildFailed, match="'src' in the workspace cannot be replaced") as caught:
        place(write_tree(tmp_path / "1", APP), workspace, port=5000, run="1")
    assert caught.value.code == "transform_permission"
    assert read_tree(workspace) == {**PAGES, "dist/x": "theirs"}
    monkeypatch.setattr(directories, "movable", lambda name, at: name != "dist")
    result = place(write_tree(tmp_path / "2", APP), workspace, port=5000, run="1")
    assert [note for note in result.notes if note.startswith("dist of an earlier build stays")]
    assert read_tree(workspace) == {**APP, "dist/x": "theirs"}


def test_a_missing_workspace(tmp_path: Path) -> None:
    """It is said by its path."""
    with pytest.raises(BuildFailed, match="could not be placed in") as caught:
        place(write_tree(tmp_path / "1", APP), tmp_path / "workspace", port=5000, run="1")
    assert caught.value.code == "transform_failed"
    with pytest.raises(BuildFailed):
        recover(tmp_path / "workspace")
    assert not recover(workspace_in(tmp_path))
    assert read_tree(tmp_path / "workspace", without="") == {}
