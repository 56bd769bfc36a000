"""Directories in which paths from outside are confined."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from actors.processes import workdir as module
from actors.processes.workdir import (
    UNFINISHED,
    Workdir,
    disk_use,
    fsync_directory,
    fsync_file,
    has_openat2,
    write_whole,
)
from actors.runtime.errors import InvalidInput


@pytest.fixture(params=["openat2", "steps"])
def inside(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workdir]:
    """A directory with traps in it, beside a secret, opened in both ways."""
    if request.param == "steps":
        monkeypatch.setattr(module, "has_openat2", lambda: False)
    elif not has_openat2():
        pytest.skip("this kernel has no openat2")
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "file").write_text("ours", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    links = {
        "absolute": str(tmp_path / "secret"),
        "relative": "../secret",
        "deep": "sub/../../secret",
        "directory": str(tmp_path),
        "up": "..",
        "magic": "/proc/self/root",
        "descriptor": f"/proc/self/fd/{os.open(tmp_path, os.O_RDONLY)}",
        "loop": "loop",
        "inside": "sub/file",
        "sub/parent": "../..",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        yield Workdir(root)
    os.close(int(links["descriptor"].rsplit("/", 1)[1]))


HOSTILE = [
    "/etc/passwd",
    "../secret",
    "sub/../../secret",
    "..",
    ".",
    "",
    "sub//file",
    "file\0",
    "x" * 300,
    "x/" * 600 + "x",
    "absolute",
    "relative",
    "deep",
    "up/secret",
    "directory/secret",
    "directory",
    "magic/etc/passwd",
    "descriptor/secret",
    "loop",
    "sub/parent/secret",
]


@pytest.mark.parametrize("path", HOSTILE)
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_PATH])
def test_hostile(inside: Workdir, path: str, flags: int) -> None:
    """None of these leads out, for reading, writing or looking."""
    with pytest.raises(InvalidInput) as caught:
        inside.open_beneath(path, flags)
    assert caught.value.hint
    assert (inside.root.parent / "secret").read_text(encoding="utf-8") == "secret"


@pytest.mark.parametrize("path", ["pipe", "socket"])
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR])
def test_not_a_file(inside: Workdir, path: str, flags: int) -> None:
    """A pipe does not block whoever opens it: it is refused."""
    with pytest.raises(InvalidInput, match="is not a file"):
        inside.open_beneath(path, flags)


def test_files(inside: Workdir) -> None:
    """What is inside is read and written as with `os.open`."""
    with os.fdopen(inside.open_beneath("sub/file"), "rb") as file:
        assert file.read() == b"ours"
        assert os.get_blocking(file.fileno())
        assert not os.get_inheritable(file.fileno())
    with os.fdopen(inside.open_beneath("sub/new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
        file.write(b"new")
    assert (inside.root / "sub" / "new").read_bytes() == b"new"
    with pytest.raises(FileExistsError):
        inside.open_beneath("sub/new", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with pytest.raises(FileNotFoundError):
        inside.open_beneath("missing")
    with pytest.raises(NotADirectoryError):
        inside.open_beneath("sub/file/below")
    os.close(inside.open_beneath("sub"))


def test_a_link_that_stays_inside(inside: Workdir) -> None:
    """Is followed where the kernel checks it, and refused where it does not."""
    if module.has_openat2():
        os.close(inside.open_beneath("inside"))
    else:
        with pytest.raises(InvalidInput):
            inside.open_beneath("inside")


def test_a_link_is_swapped_in(inside: Workdir) -> None:
    """A directory that is replaced by a link out, over and over, never shows what is outside."""
    outside = inside.root.parent / "outside"
    outside.mkdir()
    (outside / "file").write_text("secret", encoding="utf-8")
    stop = Event()

    def swap() -> None:
        while not stop.is_set():
            (inside.root / "sub").rename(inside.root / "kept")
            (inside.root / "sub").symlink_to(outside)
            (inside.root / "sub").unlink()
            (inside.root / "kept").rename(inside.root / "sub")

    thread = Thread(target=swap)
    thread.start()
    try:
        for _ in range(2000):
            with suppress(InvalidInput, FileNotFoundError), os.fdopen(inside.open_beneath("sub/file"), "rb") as file:
                assert file.read() == b"ours"
    finally:
        stop.set()
        thread.join()


def test_directories(inside: Workdir) -> None:
    """Directories are made inside, not through links."""
    inside.make_directory("a/b/c")
    inside.make_directory("a/b/c")
    assert (inside.root / "a/b/c").is_dir()
    for path in ("directory/new", "up/new", "../new", "/new", "inside/new", "loop"):
        with pytest.raises(InvalidInput):
            inside.make_directory(path)
    assert not (inside.root.parent / "new").exists()


def test_sync_and_measure(tmp_path: Path) -> None:
    """Files and directories are synced; what they take is counted once."""
    (tmp_path / "d" / "e").mkdir(parents=True)
    empty = disk_use(tmp_path / "d")
    file = tmp_path / "d" / "e" / "file"
    file.write_bytes(b"x" * 100_000)
    fsync_file(file)
    fsync_directory(file.parent)
    once = disk_use(tmp_path / "d")
    assert 100_000 <= once - empty <= 200_000
    os.link(file, tmp_path / "d" / "again")
    (tmp_path / "d" / "link").symlink_to("/")
    assert disk_use(tmp_path / "d") - once < 50_000
    assert disk_use(tmp_path / "missing") == 0
    with pytest.raises(FileNotFoundError):
        fsync_file(tmp_path / "missing")
    with pytest.raises(NotADirectoryError):
        fsync_directory(file)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there stays until the new one is on the disk, and nothing else stays."""
    path = tmp_path / "record.json"
    (tmp_path / f"record.json{UNFINISHED}").write_text("what a crash had left, and longer than what comes now")
    write_whole(path, b"old")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"old", 0o600)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    write_whole(path, b"new", mode=0o644)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o644)
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]


def test_a_link_in_the_place_of_an_unfinished_file_is_not_followed(tmp_path: Path) -> None:
    """Somebody may have put it there."""
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / f"record.json{UNFINISHED}").symlink_to(tmp_path / "elsewhere")
    with suppress(OSError):
        write_whole(tmp_path / "record.json", b"new")
    assert (tmp_path / "elsewhere").read_text() == "mine"
