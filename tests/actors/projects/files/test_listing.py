"""What is listed, in which order, and what is not."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.projects.files import walk
from actors.projects.files.listing import FileInfo, Page, listing
from actors.projects.files.project import opened_project
from actors.runtime.errors import InvalidInput, NotFound, TooLarge
from tests.actors.projects.files.trees import Content, write_tree

SOURCE: dict[str, Content] = {
    "README.md": "# App",
    "index.html": "<p>",
    "notes": "plain",
    "blob": b"\0\1",
    "package.json": "{}",
    "run.sh": "#!/bin/sh\n",
    "src/App.tsx": "export {}",
    "src/build/index.ts": "source, in spite of its name",
    "src/link": "-> App.tsx",
}
NOT_SOURCE = {
    "node_modules/a/index.js": "",
    "src/node_modules/b.js": "",
    ".git/config": "",
    "dist/index.html": "",
    "packages/a/dist/x.js": "",
    "packages/a/package.json": "{}",
    ".next/x": "",
    "npm-debug.log": "",
    ".DS_Store": "",
}

NAMES = st.sampled_from(["a", "b", "a.b", "a-b", "é"])


def paths(page: Page) -> list[str]:
    """Return what a page lists."""
    return [info.path for info in page.files]


def test_source_in_order(tmp_path: Path) -> None:
    """Directories' files come where the directory's name is; what tools make again does not."""
    write_tree(tmp_path, {**SOURCE, **NOT_SOURCE})
    page = listing(tmp_path)
    assert paths(page) == sorted([*SOURCE, "packages/a/package.json"], key=lambda path: path.split("/"))
    assert page.next == ""
    assert len(listing(tmp_path, all=True).files) == len(SOURCE) + len(NOT_SOURCE)


def test_what_is_said(tmp_path: Path) -> None:
    """Sizes, types by name and by content, times, what can be executed."""
    write_tree(tmp_path, SOURCE)
    os.utime(tmp_path / "notes", (5, 1234.5))
    known = {info.path: info for info in listing(tmp_path).files}
    assert known["notes"] == FileInfo("notes", 5, "text/plain", 1234.5, executable=False)
    assert known["run.sh"].executable
    kinds = {path: info.type for path, info in known.items()}
    assert kinds["src/App.tsx"] == "text/tsx"
    assert kinds["blob"] == "application/octet-stream"
    assert kinds["src/link"] == "inode/symlink"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.sets(st.tuples(NAMES, NAMES, NAMES), max_size=12),
    limit=st.integers(1, 5),
)
def test_pages_have_each_once(
    names: set[tuple[str, ...]], limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All pages together are the one long page."""
    root = write_tree(tmp_path_factory.mktemp("pages"), {"/".join(parts): "x" for parts in names})
    found: list[str] = []
    after = ""
    while True:
        page = listing(root, after=after, limit=limit)
        found += paths(page)
        after = page.next
        if not after:
            break
        assert len(page.files) == limit
    assert (
        found == paths(listing(root)) == sorted(("/".join(parts) for parts in names), key=lambda path: path.split("/"))
    )


def test_goes_on_where_something_is_gone(tmp_path: Path) -> None:
    """A cursor needs no file by its name."""
    write_tree(tmp_path, {"a/1": "", "a/2": "", "b": ""})
    assert paths(listing(tmp_path, after="a/1/nothing")) == ["a/2", "b"]
    assert paths(listing(tmp_path, after="a")) == ["a/1", "a/2", "b"]
    assert paths(listing(tmp_path, after="zzz")) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    """Pipes and names that no request could carry are left out, and links are not followed."""
    outside = write_tree(tmp_path / "outside", {"secret": "s"})
    root = write_tree(tmp_path / "project", {"a": ""})
    os.mkfifo(root / "pipe")
    (root / "out").symlink_to(outside)
    Path(os.fsdecode(os.fsencode(root) + b"/\xff")).touch()
    (root / "line\nbreak").touch()
    assert paths(listing(root, all=True)) == ["a", "out"]


def test_bounds(tmp_path: Path) -> None:
    """Page sizes and the number of names."""
    write_tree(tmp_path, {"a": "", "b": "", "c": ""})
    with pytest.raises(InvalidInput):
        listing(tmp_path, limit=0)
    with pytest.raises(NotFound):
        listing(tmp_path / "gone")
    with opened_project(tmp_path) as root, pytest.raises(TooLarge):
        list(walk.Walk(entries=2).through(root))


def test_deep(tmp_path: Path) -> None:
    """What is too deep is left out, with a note."""
    here = tmp_path
    for _ in range(70):
        here = here / "d"
        here.mkdir()
    (here / "file").touch()
    found = walk.Walk()
    with opened_project(tmp_path) as root:
        assert len(list(found.through(root))) == walk.MAX_DEPTH - 1
    assert len(found.notes.lines) == 1
    assert "deep" in found.notes.lines[0]
