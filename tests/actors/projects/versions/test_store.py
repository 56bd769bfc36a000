"""Versions are made, listed, and within bounds."""

import errno
import fcntl
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from actors.processes import directories
from actors.projects.versions import cache, locking, scan
from actors.projects.versions.cache import SLACK_NS
from actors.projects.versions.headers import Changes
from actors.projects.versions.scan import Limits
from actors.projects.versions.store import VersionStore
from actors.runtime.errors import Busy, InvalidInput, NotFound, StorageFailed, StorageFull, TooLarge
from tests.actors.projects.versions.support import Scene

LATER_NS = 3 * SLACK_NS


def test_a_version(scene: Scene) -> None:
    """What it says; and the second one, and none where nothing changed."""
    first = scene.keep({"a": "1", "b/c": "22", "node_modules/x": "", "e/": ""})
    assert (first.id, first.parent, first.files, first.bytes) == ("v1", None, 2, 3)
    assert first.changed == Changes(added=3)
    assert scene.store.snapshot(scene.project) is None
    (scene.project / "a").write_text("2")
    (scene.project / "b/c").unlink()
    second = scene.store.snapshot(scene.project, label="x" * 400, cause="tool:write_file")
    assert second is not None
    assert (second.id, second.parent, second.cause, len(second.label)) == ("v2", "v1", "tool:write_file", 300)
    assert second.changed == Changes(added=1, modified=1, removed=1)
    assert scene.reopened().get("v2") == second
    assert scene.store.snapshot(scene.project) is None


def test_whatever_changes_is_a_version(scene: Scene) -> None:
    """Content, executable bit, a link's words, an empty directory, a kind."""
    scene.keep({"a": "1", "l": "-> a"})
    (scene.project / "a").chmod(0o755)
    scene.keep()
    (scene.project / "l").unlink()
    (scene.project / "l").symlink_to("b")
    scene.keep()
    (scene.project / "d").mkdir()
    scene.keep()
    (scene.project / "l").unlink()
    (scene.project / "l").write_text("b")
    assert scene.keep().id == "v5"


def test_listed_in_pages(scene: Scene) -> None:
    """Newest first."""
    assert scene.store.versions() == ()
    for text in "12345":
        scene.keep({"a": text})
    assert [version.id for version in scene.store.versions(limit=2)] == ["v5", "v4"]
    assert [version.id for version in scene.store.versions(before="v4", limit=9)] == ["v3", "v2", "v1"]
    with pytest.raises(InvalidInput):
        scene.store.versions(limit=0)


@pytest.mark.parametrize("version", ["v9", "v0", "1", "", "../x", "v01", "v1234567890"])
def test_unknown(scene: Scene, version: str) -> None:
    """Whatever is no id of a version."""
    for store in (scene.store, scene.reopened()):
        with pytest.raises(NotFound):
            store.get(version)
    scene.keep({"a": ""})
    with pytest.raises(NotFound):
        scene.store.get(version)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the files that are read from now on."""
    opened: list[int] = []
    real = directories.opened_file

    def counted(looked: int) -> int:
        opened.append(looked)
        return real(looked)

    monkeypatch.setattr(scan, "opened_file", counted)
    return opened


def test_unchanged_files_are_not_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once they have been left alone for a while; a server that starts anew knows it too."""
    store = VersionStore(scene.root / "store", now_ns=lambda: time.time_ns() + LATER_NS)
    scene.become({"a": "1", "b": "2"})
    opened = reads(monkeypatch)
    store.snapshot(scene.project)
    assert len(opened) == 2
    (scene.project / "c").write_text("3")
    assert scene.store.snapshot(scene.project) is not None
    assert len(opened) == 3


def test_a_file_that_was_just_written_is_read_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writes within one tick can leave size and times equal; here those of change are left out to have that."""
    monkeypatch.setattr(cache, "_known", lambda status: (0, status.st_ino, status.st_size, status.st_mtime_ns, 0))
    monkeypatch.setattr(cache, "SLACK_NS", 10**13)  # longer than any test takes
    scene.keep({"a": "1"})
    before = (scene.project / "a").stat()
    (scene.project / "a").write_text("2")
    os.utime(scene.project / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    scene.keep()


def test_times_that_were_set_back(scene: Scene) -> None:
    """The time of change cannot be."""
    store = VersionStore(scene.root / "store", now_ns=lambda: time.time_ns() + LATER_NS)
    scene.become({"a": "1"})
    assert store.snapshot(scene.project) is not None
    before = (scene.project / "a").stat()
    (scene.project / "a").write_text("2")
    os.utime(scene.project / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.snapshot(scene.project) is not None


@pytest.mark.parametrize("content", [b"", b"{", b'{"format":1,"files":[]}', b'{"format":1,"files":{"a":[1]}}', b"[]"])
def test_a_damaged_cache(scene: Scene, content: bytes) -> None:
    """Is none."""
    scene.keep({"a": "1"})
    (scene.root / "store" / "cache.json").write_bytes(content)
    assert scene.reopened().snapshot(scene.project) is None


def test_bounds(tmp_path: Path) -> None:
    """Too many files and too many bytes make no version; a file that is too large is known by its size."""
    scene = Scene(tmp_path, Limits(files=3, file=10, total=25, link=4))
    for files in ({str(place): "" for place in range(4)}, {name: name * 10 for name in "abc"}):
        scene.become({**files})
        with pytest.raises(TooLarge):
            scene.store.snapshot(scene.project)
    assert scene.store.versions() == ()
    version = scene.keep({"a": "1" * 11, "l": "-> 12345", "m": "-> 1234"})
    assert (version.files, version.bytes, len(version.notes)) == (0, 0, 2)
    assert "not kept" in version.notes[0]
    scene.become({"a": "1" * 12, "m": "-> 1234"})
    assert scene.keep().changed == Changes(modified=1)
    scene.check_whole()


@pytest.mark.usefixtures("without_sync")
def test_as_many_versions_as_there_may_be(tmp_path: Path) -> None:
    """The oldest go."""
    scene = Scene(tmp_path, Limits(versions=10))
    for place in range(11):
        scene.keep({"a": str(place)})
    assert [version.id for version in scene.store.versions()] == [f"v{place}" for place in range(11, 2, -1)]
    assert scene.store.verify().unnamed == 0


@pytest.mark.usefixtures("without_sync")
def test_as_much_as_a_store_may_take(tmp_path: Path) -> None:
    """The older half goes, and the newest never."""
    scene = Scene(tmp_path, Limits(store=1 << 20))
    for _ in range(8):
        scene.keep({"a": os.urandom(200 << 10)})
    assert 2 <= len(scene.store.versions()) <= 5
    assert scene.store.disk_use() < 1 << 20
    scene.keep({"a": os.urandom(2 << 20)})
    assert [version.id for version in scene.store.versions()] == ["v9"]
    scene.check_whole()


def test_a_project_that_is_gone(scene: Scene) -> None:
    """Or something else is in its place."""
    scene.project.rmdir()
    with pytest.raises(NotFound):
        scene.store.snapshot(scene.project)
    scene.project.symlink_to("/etc")
    with pytest.raises(NotFound):
        scene.store.snapshot(scene.project)
    assert scene.store.versions() == ()


def test_one_at_a_time(scene: Scene) -> None:
    """Others wait; not for ever."""
    scene.keep({"a": "1"})
    with locking.locked(scene.root / "store"):
        with pytest.raises(Busy), locking.locked(scene.root / "store", 0.0):
            pass
        assert scene.store.get("v1").id == "v1"
        (scene.project / "a").write_text("2")
        thread = threading.Thread(target=scene.store.snapshot, args=(scene.project,))
        thread.start()
    thread.join(20)
    assert len(scene.store.versions()) == 2


def test_a_store_that_cannot_be(tmp_path: Path) -> None:
    """Says so."""
    (tmp_path / "file").touch()
    (tmp_path / "project").mkdir()
    with pytest.raises(StorageFailed):
        VersionStore(tmp_path / "file" / "store").snapshot(tmp_path / "project")


def test_private(scene: Scene) -> None:
    """Nobody else may look into it."""
    scene.keep({"a": "1"})
    assert (scene.root / "store").stat().st_mode & 0o777 == 0o700


def test_a_full_disk(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is said; what was kept is still there, and the next one works."""
    scene.keep({"a": "1"})
    scene.become({"a": "1", "b": "2" * 1000})
    for number in (errno.ENOSPC, errno.EDQUOT):
        with monkeypatch.context() as patch:

            def failing(*_: object, number: int = number) -> int:
                raise OSError(number, os.strerror(number))

            patch.setattr(os, "write", failing)
            with pytest.raises(StorageFull):
                scene.store.snapshot(scene.project)
        scene.check_whole()
    assert scene.keep().id == "v2"


def test_a_file_that_another_program_holds(scene: Scene) -> None:
    """A lease would make whoever opens the file wait: it is left out instead."""
    scene.become({"a": "1", "b": "2"})
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        with (scene.project / "a").open("r+b") as file:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            version = scene.keep()
    finally:
        signal.signal(signal.SIGIO, before)
    assert (version.files, len(version.notes)) == (1, 1)
