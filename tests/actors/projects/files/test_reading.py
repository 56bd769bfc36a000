"""One file is read, and never another."""

import os
from pathlib import Path

import pytest

from actors.projects.files.mediatypes import by_content
from actors.projects.files.reading import SMALL, read
from actors.runtime.errors import InvalidInput, NotFound
from tests.actors.projects.files.trees import write_tree


def test_small_and_large(tmp_path: Path) -> None:
    """Content, size and type; the tag of a small file is that of its content."""
    write_tree(tmp_path, {"a.css": "p {}", "b.css": "p {}", "large.bin": b"\0" * (SMALL + 1)})
    with read(tmp_path, "a.css") as one, read(tmp_path, "b.css") as other, read(tmp_path, "large.bin") as large:
        assert one.stream.read() == b"p {}"
        assert (one.size, one.media_type) == (4, "text/css; charset=utf-8")
        assert one.etag == other.etag
        assert large.etag.startswith('W/"')
        assert large.size == len(large.stream.read()) == SMALL + 1
        assert large.media_type == "application/octet-stream"


def test_tags_change(tmp_path: Path) -> None:
    """With the content, and for a large file with its times."""
    write_tree(tmp_path, {"a": "1", "large": b"1" * (SMALL + 1)})
    before = {name: read(tmp_path, name) for name in ("a", "large")}
    write_tree(tmp_path, {"a": "2", "large": b"2" * (SMALL + 1)})
    os.utime(tmp_path / "large", (1, 1))
    for name, old in before.items():
        with old, read(tmp_path, name) as new:
            assert new.etag != old.etag


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "out", "out/secret", "pipe", "dir", "a\nb"])
def test_refused(tmp_path: Path, path: str) -> None:
    """What is not a path, leads out, or is no file."""
    write_tree(tmp_path / "outside", {"secret": "s"})
    root = write_tree(tmp_path / "project", {"dir/": "", "out": "-> ../outside"})
    os.mkfifo(root / "pipe")
    with pytest.raises(InvalidInput):
        read(root, path)


def test_missing(tmp_path: Path) -> None:
    """Files, whole projects, and paths through a file."""
    write_tree(tmp_path, {"a": "", "shut": ""})
    for root, path in [(tmp_path, "b"), (tmp_path, "a/b"), (tmp_path / "gone", "a")]:
        with pytest.raises(NotFound):
            read(root, path)


def test_types() -> None:
    """By the extension, unless the content says otherwise."""
    assert by_content("a.ts", b"let a") == "text/typescript; charset=utf-8"
    assert by_content("a.ts", b"\x47\x00") == "application/octet-stream"
    assert by_content("A.PNG", b"\x89PNG") == "image/png"
    assert by_content("Dockerfile", b"FROM \xc3") == "text/plain; charset=utf-8"
    assert by_content("x", b"\xff\xfe") == "application/octet-stream"
