"""A project that changes under the eyes of whoever reads or restores it: nothing is followed, nothing hangs."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.projects.files.walk import Walk
from actors.projects.versions.entries import digest_of
from actors.runtime.errors import CallboardError, Conflict, NotFound
from tests.actors.projects.files.trees import Content, read_tree, write_tree
from tests.actors.projects.versions.support import Scene

pytestmark = pytest.mark.usefixtures("without_sync")

SECRET = b"the server's own"
FILES: dict[str, Content] = {"a": "1", "b/c": "1", "b/d/e": "1", "z": "1"}


def outside(scene: Scene) -> Path:
    """Make a directory that nobody may get at, with the project's own names in it."""
    return write_tree(scene.root / "outside", dict.fromkeys(("a", "c", "d/e", "z"), SECRET))


def swap(scene: Scene, name: str, kind: str) -> None:
    """Put something else in the place of a file or directory."""
    path = scene.project / name
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(exist_ok=True)
    if kind == "link":
        path.symlink_to(scene.root / "outside" / ("" if name == "b" else "a"))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()


def at_open(monkeypatch: pytest.MonkeyPatch, step: int, act: Callable[[], None]) -> list[int]:
    """Do something before the n-th time that anything is opened, and count how often it is."""
    counted: list[int] = []
    real = os.open

    def opening(*args: Any, **kwargs: Any) -> int:
        counted.append(len(counted))
        if len(counted) - 1 == step:
            monkeypatch.setattr(os, "open", real)
            act()
            monkeypatch.setattr(os, "open", opening)
        return real(*args, **kwargs)

    monkeypatch.setattr(os, "open", opening)
    return counted


def check_no_secret(scene: Scene) -> None:
    """Check that what is outside is not in the store, and is as it was."""
    digest = digest_of(SECRET)
    assert not (scene.root / "store" / "blobs" / digest[:2] / digest[2:]).exists()
    assert set(read_tree(scene.root / "outside").values()) == {SECRET}


def swapped_at_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str, act: Callable[[Scene], object]
) -> int:
    """Do something again and again, with a swap before another thing is opened in it; return how often that failed."""
    failed = 0
    step = 4
    while True:
        scene = Scene(tmp_path / str(step))
        outside(scene)
        scene.keep(FILES)
        write_tree(scene.project, {"a": "2", "b/c": "2", "b/d/e": "2"})
        with monkeypatch.context() as patch:
            opened = at_open(patch, step, lambda scene=scene: swap(scene, name, kind))  # type: ignore[misc]
            try:
                act(scene)
            except CallboardError:
                failed += 1
        check_no_secret(scene)
        if len(opened) <= step:
            return failed
        shutil.rmtree(scene.root)
        step += 3


@pytest.mark.parametrize(("name", "kind"), [("a", "link"), ("z", "pipe"), ("b", "link"), ("b/c", "directory")])
def test_swapped_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    """There is a version, whatever was swapped."""

    def act(scene: Scene) -> object:
        return scene.store.snapshot(scene.project)

    assert swapped_at_each_step(tmp_path, monkeypatch, name, kind, act) == 0


@pytest.mark.parametrize(("name", "kind"), [("b", "link"), ("a", "pipe"), ("b", "gone"), ("a", "directory")])
def test_swapped_while_it_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    """It is restored, or it is said that it could not be; what a link leads to is not touched."""

    def act(scene: Scene) -> object:
        return scene.store.restore("v1", scene.project)

    swapped_at_each_step(tmp_path, monkeypatch, name, kind, act)


def test_what_is_no_file(scene: Scene) -> None:
    """Is left out, and said."""
    scene.become(FILES)
    os.mkfifo(scene.project / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(scene.project / "socket"))
        version = scene.keep()
    assert version.files == len(FILES)
    assert [note.split()[0] for note in version.notes] == ["pipe", "socket"]


def test_what_may_not_be_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is left out, and said; whoever runs the tests may be allowed to read anything."""
    scene.become(FILES)
    inode = (scene.project / "a").stat().st_ino
    real = os.open

    def refusing(path: Any, *args: Any, **kwargs: Any) -> int:
        if str(path).startswith("/proc/self/fd/") and Path(path).stat().st_ino == inode:
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing)
        version = scene.keep()
    assert version.notes == ("a was left out: Permission denied.",)


def test_removed_while_it_is_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that is removed is not one without files."""
    scene.keep(FILES)
    with monkeypatch.context() as patch:
        patch.setattr("actors.projects.versions.scan.Walk.through", removed_first(scene))
        with pytest.raises(NotFound):
            scene.store.snapshot(scene.project)
    assert [version.id for version in scene.store.versions()] == ["v1"]


def removed_first(scene: Scene) -> Callable[..., Any]:
    """Return a walk before which the project is removed."""
    real = Walk.through

    def through(walk: Walk, root: int) -> Any:
        shutil.rmtree(scene.project)
        return real(walk, root)

    return through


def test_somebody_who_keeps_writing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore that cannot be done gives up, says so, and can be tried again."""
    scene.keep({"d": "1"})
    scene.become({"d/x": "2"})
    real = os.rename

    def renaming(old: Any, new: Any, **kwargs: Any) -> None:
        if new == "d" and not (scene.project / "d").exists():
            write_tree(scene.project, {"d/again": "3"})
        real(old, new, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", renaming)
        with pytest.raises(Conflict, match="in part"):
            scene.store.restore("v1", scene.project)
    assert not scene.store.recover(scene.project)
    scene.store.restore("v1", scene.project)
    assert scene.read()["d"] == b"1"
    scene.check_whole()


def test_a_link_in_place_of_what_is_kept(scene: Scene) -> None:
    """What is in the way is not moved out of the project."""
    there = outside(scene)
    scene.keep({"build": "1"})
    scene.become({"build/x": "2", ".callboard-kept": f"-> {there}"})
    with pytest.raises(Conflict):
        scene.store.restore("v1", scene.project)
    assert set(read_tree(there).values()) == {SECRET}
