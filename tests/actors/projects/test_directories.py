"""The directories of projects: in which order what is made and removed reaches the disk."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.projects import directories
from actors.projects.layout import Layout

PROJECT = "project-1"

Watch = Callable[[Callable[[], object]], list[tuple[str, object]]]
"""Given what to look at, a list that grows: of the name of what is synced, and what was seen at that moment."""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A project that is there."""
    own = tmp_path / "data" / "projects"
    own.mkdir(parents=True)
    directories.open_root(tmp_path / "apps")
    layout = Layout(tmp_path / "apps" / PROJECT, own / PROJECT)
    directories.make(layout, "a prompt")
    return layout


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Note each sync: of what, and what was so at that moment."""

    def watch(look: Callable[[], object]) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []

        def sync(descriptor: int) -> None:
            found.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, look()))

        monkeypatch.setattr(os, "fsync", sync)
        return found

    return watch


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return [path.name for path in directory.iterdir()]


def test_the_names_of_new_directories_are_synced(tmp_path: Path, synced: Watch) -> None:
    """Of all that had to be made for the directory of all apps; once is enough."""
    found = synced(lambda: None)
    directories.open_root(tmp_path / "a" / "b")
    assert {name for name, _ in found} == {tmp_path.name, "a"}
    found.clear()
    directories.open_root(tmp_path / "a" / "b")
    assert found == []


@pytest.mark.parametrize("stray", [False, True])
def test_an_app_is_gone_on_the_disk_before_what_names_it(layout: Layout, synced: Watch, stray: bool) -> None:
    """Else a loss of power could keep the app, and forget whose it was: nobody would ever remove it."""
    root, own = layout.project.parent, layout.own.parent
    found = synced(lambda: (names(root), names(own)))
    if stray:
        assert directories.remove_strays(root, own, ()) == [PROJECT]
    else:
        directories.remove(layout)
    assert found == [("apps", ([], [PROJECT]))]
    assert names(own) == []


def test_what_is_left_is_removed_where_the_directory_of_all_apps_is_gone(layout: Layout) -> None:
    """There is nothing to wait for."""
    root, own = layout.project.parent, layout.own.parent
    layout.project.rename(layout.own / "elsewhere")
    root.rmdir()
    assert directories.remove_strays(root, own, ()) == [PROJECT]
    assert not layout.own.exists()


def test_the_prompts_of_a_copy_are_synced_with_their_content(layout: Layout, tmp_path: Path, synced: Watch) -> None:
    """The files first, and then their names."""
    directories.write_prompt(layout, 2, "another")
    copy = Layout(tmp_path / "apps" / "project-2", layout.own.parent / "project-2")
    directories.make(copy, "")
    found = synced(lambda: None)
    directories.copy_prompts(layout, copy)
    assert [name for name, _ in found] == ["000001.txt", "000002.txt", "prompts"]
    assert directories.read_prompts(copy, 2, 1) == ("a prompt", "another")
