"""Archives from people who want to write elsewhere: nothing of them is unpacked, and nothing is left behind."""

import os
import stat
import zipfile
from pathlib import Path
from typing import Any, Callable, Union

import pytest

from client.errors import BadAnswer, ClientError, LocalProblem
from client.unpacking import MAX_FILES, unpack
from tests.client.projects.standin import archive

Named = Union[str, zipfile.ZipInfo]


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    """Return what an entry of a kind is called by."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def link(name: str) -> zipfile.ZipInfo:
    """Return a link's entry; its content is what it says."""
    return entry(name, stat.S_IFLNK | 0o777)


def raw(name: str) -> zipfile.ZipInfo:
    """Return an entry of a name that zipfile would mend."""
    info = zipfile.ZipInfo("x")
    info.filename = name
    return info


def kept(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


HOSTILE: list[tuple[str, list[tuple[Named, bytes]]]] = [
    ("up", [("p/../../evil", b"x")]),
    ("up at once", [("../evil", b"x")]),
    ("up at the end", [("p/..", b"x")]),
    ("absolute", [(raw("/tmp/evil"), b"x")]),
    ("absolute below", [("p//tmp/evil", b"x")]),
    ("a dot", [("p/./evil", b"x")]),
    ("a drive", [("p/C:/evil", b"x")]),
    ("a stream", [("p/a:b", b"x")]),
    ("a backslash", [(raw("p\\..\\..\\evil"), b"x")]),
    ("a backslash below", [(raw("p/..\\evil"), b"x")]),
    ("a NUL", [(raw("p/a\0b"), b"x")]),
    ("a line end", [("p/a\nb", b"x")]),
    ("an escape", [("p/\x1b[2J", b"x")]),
    ("outside of its folder", [("evil", b"x")]),
    ("a long part", [("p/" + "x" * 256, b"x")]),
    ("a long path", [("p/" + "x/" * 600 + "y", b"x")]),
    ("a device", [(entry("p/evil", stat.S_IFCHR | 0o666), b"")]),
    ("a pipe", [(entry("p/evil", stat.S_IFIFO | 0o666), b"")]),
    ("a socket", [(entry("p/evil", stat.S_IFSOCK | 0o666), b"")]),
    ("through a link", [(link("p/a"), b"/tmp"), ("p/a/evil", b"x")]),
    ("through a link inside", [(link("p/a"), b"b"), ("p/b/c", b"x"), ("p/a/evil", b"x")]),
    ("a link and a folder", [(link("p/a"), b"b"), ("p/a/", b"")]),
    ("through a file", [("p/a", b"x"), ("p/a/b", b"x")]),
    ("a bomb", [("p/zeros", bytes(3_000_000))]),
]


@pytest.mark.parametrize(("name", "entries"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_a_hostile_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, entries: Any) -> None:
    """It is refused before the first byte is written."""
    monkeypatch.setattr("client.unpacking.MAX_BYTES", 2_000_000)
    (tmp_path / "in").mkdir()
    packed = tmp_path / "a.zip"
    packed.write_bytes(archive(("p/good", b"good"), *entries))
    with pytest.raises(BadAnswer, match="not unpacked"):
        unpack(packed, tmp_path / "in" / "out")
    assert kept(tmp_path / "in") == {}, name
    assert not list((tmp_path / "in").iterdir())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name(tmp_path: Path) -> None:
    """Which of them is meant, nobody can say."""
    (tmp_path / "a.zip").write_bytes(archive(("p/a", b"1"), ("p/a", b"2")))
    with pytest.raises(BadAnswer):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries are counted before they are looked at."""
    assert MAX_FILES >= 20_000
    monkeypatch.setattr("client.unpacking.MAX_FILES", 2)
    (tmp_path / "a.zip").write_bytes(archive(*((f"p/{number}", b"") for number in range(3))))
    with pytest.raises(BadAnswer):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def spoilt(change: Callable[[bytes], bytes]) -> bytes:
    """Return an archive in which something was changed afterwards."""
    return change(archive(("p/first", b"first" * 100), ("p/second", os.urandom(5000))))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"<html>not found</html>",
        spoilt(lambda whole: whole[: len(whole) // 2]),
        spoilt(lambda whole: whole[:200] + bytes(2000) + whole[2200:]),
        spoilt(lambda whole: whole.replace(b"p/first", b"p/../xx", 1)),
        spoilt(lambda whole: whole.replace((500).to_bytes(4, "little"), (50).to_bytes(4, "little"))),
        spoilt(lambda whole: whole.replace((500).to_bytes(4, "little"), (600).to_bytes(4, "little"))),
        spoilt(lambda whole: whole.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x01\x00\x08\x00")),
        spoilt(lambda whole: whole.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00")),
    ],
    ids=["empty", "short", "html", "cut", "zeros", "renamed", "smaller", "larger", "encrypted", "method"],
)
def test_a_damaged_archive(tmp_path: Path, data: bytes) -> None:
    """What was good of it is not left behind either."""
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(BadAnswer):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_links_and_modes(tmp_path: Path) -> None:
    """Links that stay inside are made, the others are noted; what can be executed still can."""
    packed = archive(
        (entry("p/run.sh", stat.S_IFREG | 0o755), b"#!/bin/sh\n"),
        ("p/src/a", b"a"),
        ("p/empty/", b""),
        (link("p/src/in"), b"../run.sh"),
        (link("p/out"), b"../../secret"),
        (link("p/src/around"), b"in/../../../secret"),
        (link("p/absolute"), b"/etc/passwd"),
        (link("p/long"), b"x" * 5000),
    )
    (tmp_path / "a.zip").write_bytes(packed)
    done = unpack(tmp_path / "a.zip", tmp_path / "out")
    assert kept(tmp_path / "out") == {"run.sh": b"#!/bin/sh\n", "src/a": b"a", "src/in": b"#!/bin/sh\n"}
    assert sorted(one.name for one in tmp_path.glob("out/*")) == ["empty", "run.sh", "src"]
    assert os.access(tmp_path / "out" / "run.sh", os.X_OK)
    assert not os.access(tmp_path / "out" / "src" / "a", os.X_OK)
    assert len(done.notes) == 4


def test_what_is_there_already(tmp_path: Path) -> None:
    """It stays as it is without force; with it, files of the same name alone are replaced."""
    (tmp_path / "a.zip").write_bytes(archive(("p/a", b"new"), ("p/src/b", b"new")))
    out = tmp_path / "out"
    (out / "src").mkdir(parents=True)
    (out / "a").write_text("old")
    (out / "mine").write_text("mine")
    with pytest.raises(LocalProblem):
        unpack(tmp_path / "a.zip", out)
    assert kept(out) == {"a": b"old", "mine": b"mine"}
    unpack(tmp_path / "a.zip", out, force=True)
    assert kept(out) == {"a": b"new", "mine": b"mine", "src/b": b"new"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_what_is_in_the_way(tmp_path: Path) -> None:
    """Force does not write through a link, nor over a folder; and then it changes nothing."""
    (tmp_path / "a.zip").write_bytes(archive(("p/a", b"new"), ("p/src/b", b"new")))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ways: tuple[Callable[[Path], object], ...] = (
        lambda out: (out / "src").symlink_to(elsewhere),
        lambda out: (out / "src").write_text("a file"),
        lambda out: (out / "src" / "b").mkdir(parents=True),
    )
    for number, make in enumerate(ways):
        out = tmp_path / f"out{number}"
        out.mkdir()
        (out / "a").write_text("old")
        make(out)
        with pytest.raises(LocalProblem, match="in the way"):
            unpack(tmp_path / "a.zip", out, force=True)
        assert (out / "a").read_text() == "old"
    assert not list(elsewhere.iterdir())


def test_a_link_that_is_replaced(tmp_path: Path) -> None:
    """The link itself is, and not what it leads to."""
    (tmp_path / "a.zip").write_bytes(archive(("p/a", b"new")))
    (tmp_path / "out").mkdir()
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out" / "a").symlink_to(tmp_path / "mine")
    unpack(tmp_path / "a.zip", tmp_path / "out", force=True)
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "out" / "a").read_text() == "new"


def test_somebody_who_leaves(tmp_path: Path) -> None:
    """Half of it is not left."""
    (tmp_path / "a.zip").write_bytes(archive(*((f"p/{number}", b"x") for number in range(10))))
    left = iter(range(5))

    def go_on() -> None:
        if next(left, None) is None:
            raise ClientError("enough")

    with pytest.raises(ClientError, match="enough"):
        unpack(tmp_path / "a.zip", tmp_path / "out", go_on=go_on)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Which one is said."""
    (tmp_path / "a.zip").write_bytes(archive(("p/a", b"x")))
    (tmp_path / "file").write_text("x")
    for target in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(LocalProblem):
            unpack(tmp_path / "a.zip", target)
