"""Removing whatever programs have left."""

import errno
import os
from pathlib import Path
from threading import Thread

import pytest

from actors.processes import removal
from actors.processes.removal import remove_tree
from tests.actors.processes.programs import descriptors


def test_ordinary(tmp_path: Path) -> None:
    """Files, directories, and links as links; what is not there is no error."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    (outside / "file").write_text("kept", encoding="utf-8")
    (root / "a" / "b" / "file").write_text("x", encoding="utf-8")
    (root / "a" / "out").symlink_to(outside)
    (root / "a" / "b" / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "a" / "pipe")
    before = descriptors()
    remove_tree(root)
    remove_tree(root)
    assert descriptors() == before
    assert not root.exists()
    assert (outside / "file").read_text(encoding="utf-8") == "kept"


def test_a_link_or_a_file(tmp_path: Path) -> None:
    """A link to a directory, or a file, is not a tree."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for name in ("link", "file"):
        with pytest.raises(NotADirectoryError):
            remove_tree(tmp_path / name)
    assert (tmp_path / "there").is_dir()
    assert (tmp_path / "file").exists()


def test_without_permissions(tmp_path: Path) -> None:
    """Directories that may not be read, entered or changed are removed as well."""
    for name in ("a", "a/b", "a/b/c"):
        (tmp_path / "root" / name).mkdir(parents=True)
        (tmp_path / "root" / name / "file").write_text("x", encoding="utf-8")
    for name in ("a/b/c", "a/b", "a", "."):
        (tmp_path / "root" / name).chmod(0)
    remove_tree(tmp_path / "root")
    assert not (tmp_path / "root").exists()


def test_depth(tmp_path: Path) -> None:
    """A tree deeper than any path, stack or table of descriptors is removed."""
    (tmp_path / "root").mkdir()
    at = os.open(tmp_path / "root", os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("directory", dir_fd=at)
        below = os.open("directory", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    remove_tree(tmp_path / "root")
    assert not (tmp_path / "root").exists()


def test_something_is_added(tmp_path: Path) -> None:
    """A writer that goes on for a while does not stop the removal."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)

    def write() -> None:
        for number in range(200):
            try:
                (root / "sub" / f"f{number}").write_bytes(b"x")
            except FileNotFoundError:
                return

    thread = Thread(target=write)
    thread.start()
    remove_tree(root)
    thread.join()
    assert not root.exists()


def test_something_is_always_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that never ends is given up on, with the reason."""
    monkeypatch.setattr(removal, "PAUSE_S", 0.0)
    (tmp_path / "root").mkdir()
    real = removal._clear

    def clear(directory: int, root: int) -> list[str]:
        moved = real(directory, root)
        (tmp_path / "root" / "again").write_bytes(b"x")
        return moved

    monkeypatch.setattr(removal, "_clear", clear)
    with pytest.raises(OSError, match="not empty") as caught:
        remove_tree(tmp_path / "root")
    assert caught.value.errno == errno.ENOTEMPTY
