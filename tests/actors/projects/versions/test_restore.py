"""What a restore takes with it, what it leaves, and what is in its way."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from actors.projects.versions.entries import digest_of
from actors.projects.versions.restoring import Swap
from actors.projects.versions.scan import Limits
from actors.runtime.errors import Conflict, NotFound, StorageFailed
from tests.actors.projects.files.trees import encoded, read_tree, write_tree
from tests.actors.projects.versions.support import Scene


def test_what_is_not_source_stays(scene: Scene) -> None:
    """Wherever it is; and what is there is kept first."""
    old = scene.keep({"a": "1", "src/b": "1"})
    write_tree(scene.project, {"a": "2", "src/c": "2", "new/d": "2", "node_modules/x": "n", "src/node_modules/y": "n"})
    restored = scene.store.restore(old.id, scene.project)
    assert scene.read() == encoded({"a": "1", "src/b": "1", "node_modules/x": "n", "src/node_modules/y": "n"})
    assert restored.before is not None
    assert (restored.before.id, restored.version.id, restored.version.cause) == ("v2", "v3", "restore:v1")
    scene.store.restore("v2", scene.project)
    assert scene.read()["new/d"] == b"2"
    scene.check_whole()


def test_nothing_to_do(scene: Scene) -> None:
    """Makes no version."""
    scene.keep({"a": "1"})
    restored = scene.store.restore("v1", scene.project)
    assert (restored.version.id, restored.before, restored.notes) == ("v1", None, ())


def test_files_that_are_gone(scene: Scene) -> None:
    """The directory is made again."""
    scene.keep({"a": "1"})
    scene.become({})
    scene.project.rmdir()
    scene.store.restore("v1", scene.project)
    assert scene.read() == {"a": b"1"}
    assert len(scene.store.versions()) == 1


def test_what_is_too_large_is_never_lost(tmp_path: Path) -> None:
    """It stays, or is put aside; one that a version had cannot come back, and that is said."""
    scene = Scene(tmp_path, Limits(file=4))
    scene.keep({"a": "1", "big": "12345", "d/x": "1"})
    scene.become({"a": "12345", "other": "12345", "d": "12345"})
    restored = scene.store.restore("v1", scene.project)
    files = scene.read()
    kept = sorted(name.split("-")[-1] for name in files if name.startswith(".callboard-kept/"))
    assert kept == ["a", "d"]
    assert (files["a"], files["d/x"], files["other"]) == (b"1", b"1", b"12345")
    assert "big" not in files
    assert len(restored.notes) == 3


def test_what_is_in_the_way(scene: Scene) -> None:
    """A directory that is not source, and a pipe."""
    scene.keep({"build": "a file", "p/q": "1", "r": "1"})
    scene.become({"build/x.js": "built"})
    os.mkfifo(scene.project / "p")
    os.mkfifo(scene.project / "r")
    restored = scene.store.restore("v1", scene.project)
    assert [note.split()[0] for note in restored.notes] == ["build", "p"]
    files = {path: data for path, data in scene.read().items() if not path.startswith(".callboard-kept")}
    assert files == encoded({"build": "a file", "p/q": "1", "r": "1"})


def test_directories_that_may_not_be_written(scene: Scene) -> None:
    """Are ours, and so they may."""
    scene.keep({"d/a": "1", "d/b": "1"})
    scene.become({"d/a": "2", "d/c/x": "2"})
    for path in ("d/c", "d"):
        (scene.project / path).chmod(0o555)
    scene.store.restore("v1", scene.project)
    assert scene.read() == {"d/a": b"1", "d/b": b"1"}


def test_links_are_not_followed(scene: Scene) -> None:
    """Neither those that go nor those that are where a directory was."""
    outside = write_tree(scene.root / "outside", {"a": "theirs", "b": "theirs"})
    scene.keep({"d/a": "1", "l": "1"})
    scene.become({"d": f"-> {outside}", "l": f"-> {outside}/b"})
    scene.store.restore("v1", scene.project)
    assert scene.read() == {"d/a": b"1", "l": b"1"}
    scene.store.restore("v2", scene.project)
    assert (scene.project / "d").is_symlink()
    assert read_tree(outside) == {"a": b"theirs", "b": b"theirs"}


def test_fork(scene: Scene) -> None:
    """Into nothing, or an empty directory; never over something."""
    files = encoded({"a": "1", "run": "#!/bin/sh", "l": "-> a", "e/": ""})
    scene.keep({"a": "1", "run": "#!/bin/sh", "l": "-> a", "e/": ""})
    target = scene.root / "other" / "app"
    target.parent.mkdir()
    for _ in range(2):
        scene.store.fork("v1", target)
        assert read_tree(target) == files
        shutil.rmtree(target)
        target.mkdir()
    (target / "mine").touch()
    for there in (target, target / "mine"):
        with pytest.raises(Conflict):
            scene.store.fork("v1", there)
    assert os.listdir(target.parent) == ["app"]  # noqa: PTH208
    with pytest.raises(NotFound):
        scene.store.fork("v7", scene.root / "x")
    scene.check_whole()


def test_a_content_that_is_damaged(scene: Scene) -> None:
    """Nothing is touched."""
    scene.keep({"a": "1" * 100})
    scene.keep({"a": "2" * 100, "b": "2"})
    before = scene.read()
    digest = digest_of(b"1" * 100)
    content = scene.root / "store" / "blobs" / digest[:2] / digest[2:]
    for damaged, problem in ((b"R" + b"2" * 100, "damaged"), (b"Z123", "damaged"), (b"", "damaged"), (None, "missing")):
        content.write_bytes(damaged or b"") if damaged is not None else content.unlink()
        with pytest.raises(StorageFailed, match=problem):
            scene.store.restore("v1", scene.project)
        assert scene.read() == before
    assert scene.store.restore("v2", scene.project).version.id == "v2"
    assert scene.store.snapshot(scene.project) is None


def test_nowhere(scene: Scene) -> None:
    """The directory around the project's is gone too."""
    scene.keep({"a": "1"})
    scene.project.parent.rename(scene.root / "moved")
    for act in (scene.store.restore, scene.store.fork):
        with pytest.raises(NotFound):
            act("v1", scene.project)
    with pytest.raises(NotFound):
        scene.store.recover(scene.project)


def test_a_failure_is_told_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be told is no crash: the next version is not kept waiting for it."""
    scene.keep({"a": "1"})
    scene.become({"a": "2"})
    with monkeypatch.context() as patch:

        def failing(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        patch.setattr(Swap, "_bring_in", failing)
        with pytest.raises(Conflict, match="Permission denied"):
            scene.store.restore("v1", scene.project)
    (scene.project / "a").write_text("3")
    assert scene.keep().id == "v3"
    assert scene.read() == {"a": b"3"}
    scene.check_whole()


def test_an_intention_that_is_damaged(scene: Scene) -> None:
    """Is dropped."""
    scene.keep({"a": "1"})
    for content in ("{", '{"tree":"' + "0" * 64 + '"}', "[]"):
        (scene.root / "store" / "restoring.json").write_text(content)
        assert not scene.store.recover(scene.project)
    assert scene.store.snapshot(scene.project) is None
