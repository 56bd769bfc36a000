"""Archives: whole, streamed, safe to unpack."""

import io
import os
import shutil
import stat
import subprocess
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from actors.projects.files.archive import Archive, ArchiveLimits, stays_inside
from actors.projects.files.project import CHUNK
from actors.runtime.errors import NotFound, TooLarge
from tests.actors.projects.files.trees import Content, encoded, read_tree, write_tree

FILES: dict[str, Content] = {
    "README.md": "# App",
    "empty/": "",
    "run.sh": "#!/bin/sh\n",
    "src/Ünï.ts": "export {}",
    "src/big.bin": os.urandom(3 * CHUNK),
    "src/link": "-> ../README.md",
    "src/none": "",
}


def packed(archive: Archive) -> zipfile.ZipFile:
    """Read an archive to its end, and open it."""
    with archive:
        return zipfile.ZipFile(io.BytesIO(b"".join(archive)))


def test_all_is_in_it(tmp_path: Path) -> None:
    """Contents, modes, links, empty directories, names; and nothing else."""
    root = write_tree(tmp_path, {**FILES, "node_modules/x.js": ""})
    unpacked = packed(Archive(root, prefix="app"))
    assert unpacked.testzip() is None
    assert {info.filename for info in unpacked.infolist()} == {f"app/{name}" for name in FILES}
    for name, content in FILES.items():
        mode = unpacked.getinfo(f"app/{name}").external_attr >> 16
        assert stat.S_ISLNK(mode) == (name == "src/link")
        assert bool(mode & 0o100) == (name in {"run.sh", "empty/", "src/link"})
        if not stat.S_ISLNK(mode):
            assert unpacked.read(f"app/{name}") == (content if isinstance(content, bytes) else content.encode())
    assert unpacked.read("app/src/link") == b"../README.md"


@pytest.mark.real
@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not here")
def test_unzip_agrees(tmp_path: Path) -> None:
    """Another program gets the same out."""
    root = write_tree(tmp_path / "project", FILES)
    file = tmp_path / "app.zip"
    with Archive(root) as archive:
        file.write_bytes(b"".join(archive))
    subprocess.run(["unzip", "-q", str(file), "-d", str(tmp_path / "out")], check=True, env={"LC_ALL": "C.UTF-8"})
    assert read_tree(tmp_path / "out") == encoded(FILES)


def test_same_tree_same_bytes(tmp_path: Path) -> None:
    """In whatever order the files were written."""
    archives = []
    for place, names in enumerate([sorted(FILES), sorted(FILES, reverse=True)]):
        root = write_tree(tmp_path / str(place), {name: FILES[name] for name in names})
        for path in [*root.rglob("*")]:
            os.utime(path, (1, 1_600_000_000), follow_symlinks=False)
        with Archive(root) as archive:
            archives.append(b"".join(archive))
    assert archives[0] == archives[1]


def test_streamed(tmp_path: Path) -> None:
    """The first bytes come before the last file is opened, and memory stays flat."""
    size = 64 << 20
    with (write_tree(tmp_path, {}) / "a.bin").open("wb") as file:
        file.truncate(size)
    (tmp_path / "noise").write_bytes(os.urandom(2 << 20))
    tracemalloc.start()
    try:
        with Archive(tmp_path) as archive:
            pieces = [len(piece) for piece in archive]
        assert tracemalloc.get_traced_memory()[1] < 16 * CHUNK
    finally:
        tracemalloc.stop()
    assert len(pieces) > 4
    assert max(pieces) < 3 * CHUNK


def test_files_that_change_meanwhile(tmp_path: Path) -> None:
    """One is cut where it was, one is shorter, one is gone, one is a link by now: the archive is whole."""
    root = write_tree(tmp_path / "project", {name: name * 9 for name in "abcde"})
    secret = write_tree(tmp_path / "outside", {"secret": "s"}) / "secret"
    archive = Archive(root)
    (root / "a").write_text("a" * 99)
    (root / "b").write_text("b")
    for name in "cd":
        (root / name).unlink()
    (root / "d").symlink_to(secret)
    unpacked = packed(archive)
    assert {name: unpacked.read(name) for name in unpacked.namelist()} == {"a": b"a" * 9, "b": b"b", "e": b"e" * 9}
    assert len(archive.notes) == 3
    assert unpacked.comment.decode().splitlines() == list(archive.notes)


def test_what_is_not_safe_is_left_out(tmp_path: Path) -> None:
    """Links that lead out, names that mean something elsewhere, pipes."""
    root = write_tree(tmp_path, {"a": "", "up": "-> ../x", "abs": "-> /etc", "in": "-> a", "..\\x": "", "c:x": ""})
    os.mkfifo(root / "pipe")
    with Archive(root) as archive:
        assert zipfile.ZipFile(io.BytesIO(b"".join(archive))).namelist() == ["a", "in"]
        assert len(archive.notes) == 5


@pytest.mark.parametrize(
    ("link", "depth", "inside"),
    [("a", 0, True), ("../a", 1, True), ("../a", 0, False), ("a/../b", 1, False), ("/a", 9, False), ("", 1, False)],
)
def test_links_that_stay(link: str, depth: int, inside: bool) -> None:
    """By their words."""
    assert stays_inside(link, depth) is inside


def test_refused_before_the_first_byte(tmp_path: Path) -> None:
    """Too many files, too many bytes, no project."""
    write_tree(tmp_path, {"a": "12345", "b": "12345"})
    for limits in (ArchiveLimits(files=1), ArchiveLimits(bytes=9)):
        with pytest.raises(TooLarge):
            Archive(tmp_path, limits=limits)
    assert Archive(tmp_path, limits=ArchiveLimits(files=2, bytes=10)).files == 2
    with pytest.raises(NotFound):
        Archive(tmp_path / "gone")


def test_more_entries_than_a_small_zip_can_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is a ZIP64."""
    root = write_tree(tmp_path, {name: name for name in "abcd"})
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    with Archive(root) as archive:
        data = b"".join(archive)
    assert b"PK\x06\x06" in data
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["a", "b", "c", "d"]


def test_closed_early(tmp_path: Path) -> None:
    """Nothing stays open: the project's own descriptors are counted."""
    root = write_tree(tmp_path, {"a": os.urandom(4 * CHUNK)})
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a descriptor less
    archive = Archive(root)
    next(archive)
    archive.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert list(archive) == []
