"""What is not restored, and that nothing is there then."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Optional

import pytest

from actors.backup.reading import BackupUnusable
from actors.datadir import check_journal, open_data_dir
from actors.runtime.errors import Conflict, StorageFailed, StorageFull
from tests.actors.backup.support import PROJECT, Place, filled, place, put

Change = Callable[[tarfile.TarInfo, bytes], Optional[tuple[tarfile.TarInfo, bytes]]]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup."""
    filled(tmp_path / "here").backup(tmp_path / "b.tar")
    return tmp_path / "b.tar"


@pytest.fixture
def there(tmp_path: Path) -> Place:
    """Where it is to go."""
    return place(tmp_path / "there")


def refused(there: Place, source: Path, words: str) -> None:
    """See that it is refused with a hint, and that nothing is left of it."""
    with pytest.raises(BackupUnusable, match=words) as caught:
        there.restore(source)
    assert caught.value.hint
    assert {path.name for path in there.data.root.iterdir()} == {"lock"}
    assert not there.roots.projects.exists()


def rewritten(source: Path, change: Change) -> Path:
    """The same tar file with members changed, or left out."""
    target = source.with_name("changed.tar")
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for info in old:
            reader = old.extractfile(info) if info.isreg() else None
            changed = change(info, reader.read() if reader else b"")
            if changed is not None:
                changed[0].size = len(changed[1])
                new.addfile(changed[0], io.BytesIO(changed[1]))
    return target


def test_what_is_no_backup_is_refused(there: Place, tmp_path: Path, backup: Path) -> None:
    """Any file, an empty one, another tar file, one that was packed."""
    other = tmp_path / "other"
    for content in (b"", b"hello" * 1000, gzip.compress(backup.read_bytes()), bytes(10_000)):
        other.write_bytes(content)
        refused(there, other, f"^{other} is no backup of Callboard: it .*Nothing was restored")
    with tarfile.open(other, "w") as tar:
        tar.add(backup, "jobs/x")
    refused(there, other, "no backup of Callboard: it does not begin with")


def test_each_byte_that_is_damaged_is_found(there: Place, backup: Path) -> None:
    """Here and there in it: heads, contents, the manifest."""
    whole = backup.read_bytes()
    end = whole.rstrip(b"\0")
    for at in (600, 1600, *range(2000, len(end), len(end) // 25)):
        if not whole[at : at + 512 - at % 512].strip(b"\0"):
            continue  # padding, which nobody reads
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        backup.write_bytes(damaged)
        try:
            there.restore(backup)
        except BackupUnusable:
            assert {path.name for path in there.data.root.iterdir()} == {"lock"}
        else:
            pytest.fail(f"byte {at} was not missed")


def test_one_that_is_cut_off_is_refused(there: Place, backup: Path) -> None:
    """Wherever that is, also between two files."""
    whole = backup.read_bytes()
    for size in (100, 512, 1024, 5000, len(whole) // 2, len(whole) // 2 // 512 * 512, len(whole.rstrip(b"\0")) - 20):
        backup.write_bytes(whole[:size])
        refused(there, backup, "damaged|no backup")


def test_a_later_form_is_refused(there: Place, backup: Path) -> None:
    """With the version that wrote it."""

    def later(info: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if info.name == "callboard-backup.json":
            content = json.dumps({**json.loads(content), "callboard_backup": 2, "version": "9.9"}).encode()
        return info, content

    refused(there, rewritten(backup, later), r"made by Callboard 9\.9")


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "jobs/../../x", "id", "lock", "jobs", "tokens.json", "jobs//x", "."]
)
def test_a_name_outside_is_refused(there: Place, backup: Path, name: str) -> None:
    """Nothing is written anywhere for it."""

    def elsewhere(info: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if info.name.endswith("job-b/model.glb"):
            info.name = name
        return info, content

    refused(there, rewritten(backup, elsewhere), "a name that no backup has|damaged")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_link_or_device_is_refused(there: Place, backup: Path, kind: bytes) -> None:
    """A backup has none."""

    def linked(info: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if info.name.endswith("job-b/model.glb"):
            info.type, info.linkname, content = kind, "/etc/passwd", b""
        return info, content

    refused(there, rewritten(backup, linked), "a link or the like|damaged")


def test_what_is_missing_added_or_exchanged_is_found(there: Place, backup: Path) -> None:
    """Although the tar file as such is right."""

    def without(info: tarfile.TarInfo, content: bytes) -> Optional[tuple[tarfile.TarInfo, bytes]]:
        return None if info.name.endswith("job-b/model.glb") else (info, content)

    def exchanged(info: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        return info, (b"y" * len(content) if info.name.endswith("job-b/model.glb") else content)

    def without_end(info: tarfile.TarInfo, content: bytes) -> Optional[tuple[tarfile.TarInfo, bytes]]:
        return None if info.name == "manifest.jsonl" else (info, content)

    for change in (without, exchanged, without_end):
        refused(there, rewritten(backup, change), "damaged")


@pytest.mark.parametrize("head", [b'{"callboard_backup": 1e999}', b"[" * 100_000, b"[1]", b"\xff"])
def test_a_head_that_says_nothing_is_refused(there: Place, backup: Path, head: bytes) -> None:
    """Whatever it is that cannot be read of it."""

    def changed(info: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        return info, (head if info.name == "callboard-backup.json" else content)

    refused(there, rewritten(backup, changed), "its head cannot be read")


@pytest.mark.parametrize("end", [{"gone": None}, {"gone": 5}, {"left_out": None}, {"left_out": [1]}])
def test_an_end_without_what_belongs_there_is_refused(there: Place, backup: Path, end: dict[str, object]) -> None:
    """Although its sums are right."""

    def changed(info: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if info.name == "manifest.jsonl":
            *lines, last = content.splitlines()
            facts = {name: value for name, value in {**json.loads(last), **end}.items() if value is not None}
            content = b"\n".join([*lines, json.dumps(facts).encode(), b""])
        return info, content

    refused(there, rewritten(backup, changed), "damaged")


def test_a_directory_with_something_in_it_is_refused(there: Place, backup: Path) -> None:
    """And so is one that a server uses, and an app in the way; all of it stays."""
    put(there.data.root / "notes.txt", b"mine")
    with pytest.raises(Conflict, match="not empty: it has notes"):
        there.restore(backup)
    assert (there.data.root / "notes.txt").read_bytes() == b"mine"
    (there.data.root / "notes.txt").unlink()
    put(there.roots.projects / PROJECT / "mine", b"mine")
    with pytest.raises(Conflict, match="there already"):
        there.restore(backup)
    assert {path.name for path in there.data.root.iterdir()} == {"lock"}
    with open_data_dir(there.data.root), pytest.raises(Conflict, match=f"process {os.getpid()}"):
        there.restore(backup)


def test_a_workspace_in_the_way_stays(there: Place, backup: Path) -> None:
    """It is named, and all else is restored."""
    put(there.roots.workspaces / "w1" / "mine", b"mine")
    assert there.restore(backup).stayed == (str(backup.parent / "here" / "spaces" / "w1"),)
    assert [path.name for path in (there.roots.workspaces / "w1").iterdir()] == ["mine"]


def test_without_room_nothing_is_restored(there: Place, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is asked before."""
    monkeypatch.setattr("actors.backup.restoring.shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(StorageFull, match="disk is full"):
        there.restore(backup)
    assert {path.name for path in there.data.root.iterdir()} == {"lock"}


@pytest.mark.parametrize("after", range(6))
def test_one_that_was_cut_off_keeps_servers_away_and_is_repeated(
    there: Place, backup: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """As by a kill, at each move of something to its place."""
    moves = iter(range(100))

    rename = os.rename

    def move(source: Path, target: Path) -> None:
        if next(moves) == after:
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr("actors.backup.restoring.shutil.move", move)
        patched.setattr(Path, "rename", move)
        with pytest.raises(KeyboardInterrupt):
            there.restore(backup)
    with pytest.raises(StorageFailed, match="cut off"):
        check_journal(there.data)
    assert there.restore(backup).actors == 5
    assert there.content() == place(backup.parent / "here").content()
    assert not there.data.restoring.exists()
