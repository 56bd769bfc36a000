"""Killed at any step, in the middle of a swap or before: what is there is old, or can be finished."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from actors.builds.base import BuildFailed
from actors.builds.transform.place import place, recover
from actors.builds.transform.placed import Placed
from actors.processes import directories
from tests.actors.builds.transform.trees import read_tree, write_tree
from tests.actors.disk_steps import Kill, Killed, Steps, killed_at, steps_of

pytestmark = pytest.mark.usefixtures("without_sync")

START = {"package.json": '{"scripts": {"start": "PORT=5000 node s.js"}}', "s.js": "'/api/health'"}
OLDER = {**START, "public/a.png": "0"}
OLD = {**START, "pages/index.js": "1", "public/b.png": "1"}
NEW = {**START, "app/page.js": "2", "public/c.png": "2"}
USERS = {".env": "KEY", "apps/a/specs/prd.md": "spec"}
EXPECTED = {**NEW, **USERS}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two builds behind it and a third before it."""
    root = tmp_path_factory.mktemp("template")
    workspace = write_tree(root / "workspace", USERS)
    place(write_tree(root / "0", OLDER), workspace, port=5000, run="0")
    place(write_tree(root / "1", OLD), workspace, port=5000, run="1")
    write_tree(workspace / "apps/a/frontend", NEW)
    return workspace


class Scene:
    """A copy of that workspace."""

    def __init__(self, template: Path, root: Path) -> None:
        self.workspace = root / "workspace"
        shutil.copytree(template, self.workspace)
        self.source = self.workspace / "apps/a/frontend"
        self.before = read_tree(self.workspace)
        self.board = self.workspace / ".callboard"

    def problem(self) -> str:
        """Place the third, and return what failed, or nothing."""
        try:
            self.place()
        except BuildFailed as error:
            return error.problem
        return ""

    def place(self) -> Placed:
        """Place the third."""
        return place(self.source, self.workspace, port=5000, run="2")

    def check_finished(self) -> None:
        """Check that all is as if nothing had happened."""
        assert read_tree(self.workspace) == EXPECTED
        assert read_tree(self.board / "previous") == OLD
        assert sorted(path.name for path in self.board.iterdir()) == ["manifest.json", "previous"]


def test_killed_at_each_step(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the swap the old state is there; after it `recover` finishes; placed again it is as if never killed."""
    first = Scene(template, tmp_path / "count")
    steps = steps_of(monkeypatch, first.place)
    first.check_finished()
    swaps = 0
    for step in range(steps):
        scene = Scene(template, tmp_path / str(step))
        killed_at(step, monkeypatch, scene.place)
        if (scene.board / "swap.json").exists():
            swaps += 1
            if step % 2:
                assert recover(scene.workspace)
                assert read_tree(scene.workspace) == EXPECTED
        elif not (scene.workspace / "app").exists():
            assert read_tree(scene.workspace) == scene.before
            assert read_tree(scene.board / "previous") == OLDER
        assert scene.place().kind == "serving"
        scene.check_finished()
    assert 15 < swaps < steps - 15


def test_killed_while_it_recovers(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any step, at three places of the swap; and another build comes instead of the same one."""
    first = Scene(template, tmp_path / "count")
    steps = steps_of(monkeypatch, first.place)
    for step in range(steps - 30, steps, 7):
        scene = Scene(template, tmp_path / str(step))
        killed_at(step, monkeypatch, scene.place)
        for again in range(0, 12, 3):
            with monkeypatch.context() as patch:
                Kill(again).install(patch)
                try:
                    recover(scene.workspace)
                except Killed:
                    continue
        place(write_tree(tmp_path / f"other-{step}", OLDER), scene.workspace, port=5000, run="3")
        assert read_tree(scene.workspace) == {**OLDER, **USERS}
        assert read_tree(scene.board / "previous") == NEW


def test_an_error_at_each_step(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, unless it is in a clean-up; before the swap nothing is left of it, and later it is finished."""
    first = Scene(template, tmp_path / "count")
    steps = steps_of(monkeypatch, first.place)
    told = 0

    def fail() -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    for step in range(steps):
        scene = Scene(template, tmp_path / str(step))
        with monkeypatch.context() as patch:
            Steps(step, fail).install(patch)
            problem = scene.problem()
        if problem:
            told += 1
            assert "Input/output error" in problem
            if not (scene.board / "swap.json").exists() and not (scene.workspace / "app").exists():
                assert read_tree(scene.workspace) == scene.before
                assert not list(scene.board.glob("staging-*"))
        scene.place()
        scene.check_finished()
    assert told > steps / 2


def test_what_is_written_again_after_a_kill(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a container makes again under an old name, before the swap is finished, does not push out the old state."""
    first = Scene(template, tmp_path / "count")
    steps = steps_of(monkeypatch, first.place)
    for step in range(steps // 2, steps):
        scene = Scene(template, tmp_path / str(step))
        killed_at(step, monkeypatch, scene.place)
        write_tree(scene.workspace, {"pages/again.txt": "again"})
        scene.place()
        kept = read_tree(scene.board / "previous")
        assert {name: text for name, text in kept.items() if "again" not in name} == OLD
        assert {name: text for name, text in read_tree(scene.workspace).items() if "again" not in name} == EXPECTED


def test_what_is_deleted_before_a_swap_that_is_killed(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new entry is never taken for the old one that is gone."""
    for step in range(40):
        scene = Scene(template, tmp_path / str(step))

        def delete(*_: object, workspace: Path = scene.workspace) -> None:
            (workspace / "s.js").unlink()
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("actors.builds.transform.swap._finish", delete)
            with pytest.raises(Killed):
                scene.place()
        with monkeypatch.context() as patch, suppress(Killed):
            Kill(step).install(patch)
            recover(scene.workspace)
        recover(scene.workspace)
        assert read_tree(scene.workspace) == EXPECTED


def test_what_is_staged_is_on_the_disk_before_the_plan(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the plan before the first entry is moved, the entries before the manifest says that they are."""
    scene = Scene(template, tmp_path)
    done: list[str] = []
    rename = os.rename

    def renaming(source: str, target: str, **kwargs: Any) -> None:
        done.append(target)
        rename(source, target, **kwargs)

    monkeypatch.setattr(directories, "sync_filesystem", lambda _: done.append("all"))
    monkeypatch.setattr(os, "fsync", lambda _: done.append("one"))
    monkeypatch.setattr(os, "rename", renaming)
    scene.place()
    assert done[:4] == ["all", "one", "swap.json", "one"]
    assert done[done.index("manifest.json") - 4 : done.index("manifest.json")] == ["one"] * 4
    assert done.index("swap.json") < done.index("app") < done.index("manifest.json") < done.index("previous")


def test_a_new_app_where_the_old_one_was_is_not_taken_for_it(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipeline that ran again before the swap was finished made another directory by the same name."""
    scene = Scene(template, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("actors.builds.transform.swap._finish", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            scene.place()
    scene.source.rename(tmp_path / "moved")
    write_tree(scene.source, OLDER)
    assert recover(scene.workspace)
    assert read_tree(scene.source) == OLDER


def test_what_runs_in_the_container_writes_meanwhile(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or directory that is made again at any step loses its place to the new app's, and is kept."""
    first = Scene(template, tmp_path / "count")
    steps = steps_of(monkeypatch, first.place)
    for step in range(0, steps, 2):
        scene = Scene(template, tmp_path / str(step))

        def interfere(workspace: Path = scene.workspace) -> None:
            write_tree(workspace, {"public/again.txt": "again", "dist/again.txt": "again"})

        with monkeypatch.context() as patch:
            Steps(step, interfere).install(patch)
            scene.place()
        after = read_tree(scene.workspace)
        extra = {name: after.pop(name) for name in list(after) if "again" in name}
        assert after == EXPECTED
        assert set(extra) <= {"public/again.txt", "dist/again.txt"}
        assert not (scene.board / "swap.json").exists()


def test_what_keeps_getting_in_the_way_ends_it(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what, and the next build finishes the swap."""
    scene = Scene(template, tmp_path)
    taken: list[str] = []

    def take_out(root: int, outgoing: int, name: str) -> None:
        taken.append(name)
        write_tree(scene.workspace, {"app/again.txt": "again"})

    with monkeypatch.context() as patch:
        patch.setattr("actors.builds.transform.swap._take_out", take_out)
        with pytest.raises(BuildFailed, match="keeps writing 'app'") as caught:
            scene.place()
    assert caught.value.code == "transform_swap"
    assert taken.count("app") == 8
    scene.place()
    assert read_tree(scene.workspace) == EXPECTED


@pytest.mark.parametrize("name", ["staging-2", "outgoing-2", "manifest.json", "previous"])
def test_what_is_taken_away_meanwhile(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing gets stuck: it fails or goes on, and the next build goes well."""
    scene = Scene(template, tmp_path)

    def interfere(*_: object) -> None:
        (scene.board / name).rename(tmp_path / "stolen")
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("actors.builds.transform.swap._finish", interfere)
        with pytest.raises(Killed):
            scene.place()
    try:
        recover(scene.workspace)
    finally:
        place(write_tree(tmp_path / "3", OLDER), scene.workspace, port=5000, run="3")
    assert {name: text for name, text in read_tree(scene.workspace).items() if name in OLDER} == OLDER
