"""Killed at any step: the store can be read, what was answered is in it, and what was begun is finished or undone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.actors.disk_steps import killed_at, steps_of
from tests.actors.projects.files.trees import Content, encoded, read_tree
from tests.actors.projects.versions.support import Scene

pytestmark = pytest.mark.usefixtures("without_sync")

ONE: dict[str, Content] = {"a": "1", "b/c": "1", "b/d/e": "1", "run": "#!", "l": "-> a", "x": "1"}
TWO: dict[str, Content] = {"a": "2", "b/c": "1", "b/f": "2", "x/y": "2", "l": "-> b", "empty/": ""}
EDITED: dict[str, Content] = {**TWO, "a": "3", "new": "3"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions, and changes since."""
    scene = Scene(tmp_path_factory.mktemp("template"))
    scene.keep(ONE)
    scene.keep(TWO)
    scene.become(EDITED)
    return scene.root


def copied(template: Path, root: Path) -> Scene:
    """Return a copy of the template."""
    shutil.copytree(template, root, symlinks=True)
    return Scene(root)


def each_step(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Scene], object], every: int = 1
) -> list[Scene]:
    """Return scenes in which something was killed, at each step or each few."""
    first = copied(template, tmp_path / "count")
    steps = steps_of(monkeypatch, lambda: act(first))
    scenes = []
    for step in range(0, steps, every):
        scene = copied(template, tmp_path / str(step))
        killed_at(step, monkeypatch, lambda scene=scene: act(scene))  # type: ignore[misc]  # a lambda's default
        scene.reopened()
        scenes.append(scene)
    return scenes


def restored(scene: Scene) -> object:
    """Restore the first version."""
    return scene.store.restore("v1", scene.project)


def check_old_versions(scene: Scene) -> None:
    """Check that both can be read."""
    verified = scene.store.verify()
    assert verified.problems == ()
    assert [version.id for version in scene.store.versions()][-2:] == ["v2", "v1"]


def test_snapshot(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a third version or not; the next one is right."""
    counts = set()
    for scene in each_step(template, tmp_path, monkeypatch, lambda scene: scene.store.snapshot(scene.project)):
        check_old_versions(scene)
        counts.add(len(scene.store.versions()))
        scene.store.snapshot(scene.project)
        assert [version.id for version in scene.store.versions()] == ["v3", "v2", "v1"]
        scene.store.fork("v3", scene.root / "fork")
        assert read_tree(scene.root / "fork") == encoded(EDITED)
        scene.store.prune(9)
        assert scene.store.verify().unnamed == 0
        scene.check_whole()
    assert counts == {2, 3}


def test_restore(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is what was there, or can be finished; what was edited is in a version in any case."""
    finished = 0
    scenes = each_step(template, tmp_path, monkeypatch, restored)
    for step, scene in enumerate(scenes):
        check_old_versions(scene)
        if scene.store.recover(scene.project):
            finished += 1
            assert scene.read() == encoded(ONE)
        assert scene.read() in (encoded(EDITED), encoded(ONE))
        assert not scene.store.recover(scene.project)
        scene.check_whole()
        if step % 4:
            continue
        scene.store.restore("v1", scene.project)
        assert scene.read() == encoded(ONE)
        edited = [version for version in scene.store.versions() if version.label == "Before v1 was restored"]
        scene.store.restore(edited[-1].id, scene.project)
        assert scene.read() == encoded(EDITED)
    assert finished > 10


def test_recovery(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the middle of a restore, and again while that is finished."""
    middles = each_step(template, tmp_path, monkeypatch, restored, every=5)
    begun = [scene for scene in middles if (scene.root / "store" / "restoring.json").exists()]
    middle = begun[len(begun) // 2]
    assert encoded(ONE) != middle.read() != encoded(EDITED)
    for scene in each_step(
        middle.root, tmp_path / "again", monkeypatch, lambda scene: scene.store.snapshot(scene.project)
    ):
        scene.store.snapshot(scene.project)
        assert scene.read() == encoded(ONE)
        check_old_versions(scene)
        scene.check_whole()


def test_fork(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is whole, or not there; and it can be made again."""
    (template / "forks").mkdir()
    for scene in each_step(
        template, tmp_path, monkeypatch, lambda scene: scene.store.fork("v1", scene.root / "forks/1")
    ):
        check_old_versions(scene)
        target = scene.root / "forks/1"
        if target.exists():
            assert read_tree(target) == encoded(ONE)
        else:
            scene.store.fork("v1", target)
        assert read_tree(target) == encoded(ONE)
        scene.store.recover(target)
        assert [path.name for path in target.parent.iterdir()] == ["1"]


def test_prune(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left can be read; pruned again, nothing is left that no version names."""
    for scene in each_step(template, tmp_path, monkeypatch, lambda scene: scene.store.prune(1)):
        assert scene.store.verify().problems == ()
        scene.store.prune(1)
        verified = scene.store.verify()
        assert (verified.versions, verified.unnamed, verified.problems) == (1, 0, ())
        scene.store.fork("v2", scene.root / "fork")
        assert read_tree(scene.root / "fork") == encoded(TWO)


def test_on_the_disk_before_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each content before it gets its name, its name before the version, and the version before it is answered."""
    scene = Scene(tmp_path)
    synced: set[int] = set()
    steps: list[str] = []
    real = os.rename

    def syncing(descriptor: int) -> None:
        known = os.fstat(descriptor)
        synced.add(known.st_ino)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        steps.append(f"sync {os.path.relpath(path, tmp_path / 'store')}")

    def renaming(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        if new != "cache.json":
            assert os.stat(old, dir_fd=src_dir_fd).st_ino in synced
            steps.append(f"name {new}")
        real(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "rename", renaming)
    version = scene.keep({"a": "1", "b": "2"})
    named = [step for step in steps if step.startswith("name blobs/")]
    assert len(named) == 3
    version_at = steps.index("name versions/000000001.json")
    for step in named:
        folder = f"sync {Path(step.split()[1]).parent}"
        assert steps.index(step) < steps.index(folder) < version_at
    assert steps.index(named[-1]) < steps.index("sync blobs") < version_at
    assert steps.index("sync versions", version_at) > version_at
    assert "sync .." in steps
    steps.clear()
    scene.keep({"a": "3"})
    assert "sync .." not in steps
    assert version.id == "v1"
