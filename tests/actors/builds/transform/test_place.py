"""What is in a workspace after one build, and after another."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from actors.builds.base import BuildFailed
from actors.builds.transform.copying import Limits
from actors.builds.transform.place import place, recover
from actors.processes.removal import remove_tree
from tests.actors.builds.transform.trees import read_tree, write_tree

SERVER = {"package.json": '{"scripts": {"start": "PORT=5000 node s.js"}}', "s.js": "'/api/health'"}
PAGES = {**SERVER, "pages/index.js": "1", "public/a.png": "1", ".eslintrc.json": "1", "src/x/y/z.js": "1"}
APP = {**SERVER, "app/page.js": "2", "public/b.png": "2", ".env.example": "2", "src": "2"}
USERS = {
    ".env": "KEY=1",
    "uploads/cat.png": "cat",
    "node_modules/x/index.js": "x",
    ".git/HEAD": "ref",
    "notes.md": "mine",
}


def workspace_in(tmp_path: Path) -> Path:
    """Return an empty workspace."""
    return write_tree(tmp_path / "workspace", {})


def mode_of(path: Path) -> int:
    """Return a path's permissions."""
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_app_in_the_workspace_moves_to_its_root(tmp_path: Path) -> None:
    """What else the pipeline left stays where it is, and so does the workspace's own directory."""
    workspace = workspace_in(tmp_path)
    write_tree(workspace / "apps/shop/frontend", {**PAGES, "node_modules/x.js": "", ".next/y": "", ".git/HEAD": ""})
    write_tree(workspace, {"apps/shop/specs/business_prd.md": "prd", "checkpoints/shop_checkpoint.json": "{}"})
    inode = workspace.stat().st_ino
    result = place(workspace / "apps/shop/frontend", workspace, port=5000, run="run-1")
    assert workspace.stat().st_ino == inode
    assert read_tree(workspace) == {
        **PAGES,
        "apps/shop/specs/business_prd.md": "prd",
        "checkpoints/shop_checkpoint.json": "{}",
    }
    assert (result.files, result.bytes) == (len(PAGES), sum(map(len, PAGES.values())))
    assert sorted(path.name for path in (workspace / ".callboard").iterdir()) == ["manifest.json"]


def test_an_app_from_elsewhere_is_copied(tmp_path: Path) -> None:
    """From wherever, another file system included; there it stays."""
    shared = Path("/dev/shm")
    elsewhere = shared / f"callboard-{os.getpid()}" if os.access(shared, os.W_OK) else tmp_path / "elsewhere"
    workspace = workspace_in(tmp_path)
    try:
        write_tree(elsewhere, PAGES)
        place(elsewhere, workspace, port=5000, run="run-1")
        assert read_tree(elsewhere) == read_tree(workspace) == PAGES
    finally:
        remove_tree(elsewhere)


def test_the_next_app_replaces_the_one_before(tmp_path: Path) -> None:
    """Stale files are gone, people's own are kept, and the state before is kept once."""
    workspace = workspace_in(tmp_path)
    place(write_tree(tmp_path / "1", PAGES), workspace, port=5000, run="1")
    write_tree(workspace, {**USERS, "dist/old.js": "old", "package-lock.json": "{}"})
    (workspace / "pages/index.js").write_text("changed")
    place(write_tree(tmp_path / "2", APP), workspace, port=5000, run="2")
    assert read_tree(workspace) == {**APP, **USERS}
    assert read_tree(workspace / ".callboard/previous") == {
        **PAGES,
        "pages/index.js": "changed",
        "dist/old.js": "old",
        "package-lock.json": "{}",
    }
    place(write_tree(tmp_path / "3", SERVER), workspace, port=5000, run="3")
    assert read_tree(workspace) == {**SERVER, **USERS, ".env.example": "2"}
    kept = {name: text for name, text in APP.items() if name != ".env.example"}
    assert read_tree(workspace / ".callboard/previous") == kept
    assert sorted(path.name for path in (workspace / ".callboard").iterdir()) == ["manifest.json", "previous"]


def test_an_app_that_somebody_else_placed(tmp_path: Path) -> None:
    """Its usual sources make room, since they would break the new app; whatever else there is stays."""
    workspace = write_tree(workspace_in(tmp_path), {**PAGES, **USERS, "data/x.sqlite": "rows"})
    place(write_tree(tmp_path / "2", APP), workspace, port=5000, run="2")
    assert read_tree(workspace) == {**APP, **USERS, "data/x.sqlite": "rows"}
    assert read_tree(workspace / ".callboard/previous") == PAGES


def test_files_where_no_app_is(tmp_path: Path) -> None:
    """Only a name that the app has too makes room."""
    workspace = write_tree(workspace_in(tmp_path), {"dist/thesis.pdf": "mine", "pages/1.txt": "mine", "s.js": "mine"})
    place(write_tree(tmp_path / "2", APP), workspace, port=5000, run="2")
    assert read_tree(workspace) == {**APP, "dist/thesis.pdf": "mine", "pages/1.txt": "mine"}
    assert read_tree(workspace / ".callboard/previous") == {"s.js": "mine"}


def test_what_is_kept_goes_where_the_app_has_it_too(tmp_path: Path) -> None:
    """The new app's `.env` and `apps/` win, also over the directory that the app itself came in."""
    workspace = write_tree(workspace_in(tmp_path), {".env": "old", "apps/a/specs/x.md": "spec"})
    files = {**SERVER, ".env": "new", "apps/web/index.js": "new"}
    place(write_tree(workspace / "apps/a/frontend", files), workspace, port=5000, run="1")
    assert read_tree(workspace) == files
    assert read_tree(workspace / ".callboard/previous") == {".env": "old", "apps/a/specs/x.md": "spec"}


def test_a_run_is_placed_once(tmp_path: Path) -> None:
    """Asked again, whether its directory is still there or not, nothing is done and the same is said."""
    workspace = workspace_in(tmp_path)
    source = write_tree(workspace / "apps/a/frontend", PAGES)
    first = place(source, workspace, port=5000, run="1")
    (workspace / "pages/index.js").write_text("changed since")
    write_tree(source, APP)
    for _ in range(2):
        assert place(source, workspace, port=5000, run="1") == first
        assert (workspace / "pages/index.js").read_text() == "changed since"
    assert not recover(workspace)
    place(source, workspace, port=5000, run="2")
    assert read_tree(workspace) == {**APP, "apps/a/": ""}


@pytest.mark.parametrize("umask", [0o077, 0o002, 0o000, 0o777])
def test_modes_are_for_the_group(tmp_path: Path, umask: int) -> None:
    """2775, 664 and 775, whatever the umask and the modes of the pipeline's files."""
    source = write_tree(tmp_path / "1", {"index.html": "<h1>", "bin/run": "#!/bin/sh", "a/b/c.txt": "1"})
    (source / "bin/run").chmod(0o500)
    (source / "index.html").chmod(0o400)
    (source / "a").chmod(0o700)
    workspace = workspace_in(tmp_path)
    before = os.umask(umask)
    try:
        place(source, workspace, port=5000, run="1")
    finally:
        os.umask(before)
    modes = {name: mode_of(workspace / name) for name in ("a", "a/b", "bin")}
    assert modes == dict.fromkeys(modes, 0o2775)
    files = {name: mode_of(workspace / name) for name in ("index.html", "a/b/c.txt", "package.json", "server.js")}
    assert files == dict.fromkeys(files, 0o664)
    assert mode_of(workspace / "bin/run") == 0o775
    assert mode_of(workspace / ".callboard") == 0o2755


LIMITS = {
    "more than 3 files and directories": Limits(entries=3),
    "more than 10 bytes": Limits(bytes=10),
    "more than 2 directories inside each other": Limits(depth=2),
    "a path of more than 9 bytes": Limits(path=9),
}


@pytest.mark.parametrize("said", LIMITS)
def test_an_app_over_a_limit(tmp_path: Path, said: str) -> None:
    """It fails before anything is changed, and leaves nothing behind."""
    workspace = write_tree(workspace_in(tmp_path), APP)
    with pytest.raises(BuildFailed, match=said) as caught:
        place(write_tree(tmp_path / "1", PAGES), workspace, port=5000, run="1", limits=LIMITS[said])
    assert caught.value.code == "transform_limit"
    assert read_tree(workspace) == APP
    assert list((workspace / ".callboard").iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """It fails before anything is changed, and leaves nothing behind."""
    workspace = write_tree(workspace_in(tmp_path), APP)
    source = write_tree(tmp_path / "1", PAGES)
    write = os.write

    def full(descriptor: int, content: bytes) -> int:
        if bytes(content) == b"'/api/health'":
            raise OSError(number, os.strerror(number))
        return write(descriptor, content)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(BuildFailed, match=os.strerror(number)) as caught:
            place(source, workspace, port=5000, run="1")
    assert caught.value.code == "disk_full"
    assert read_tree(workspace) == APP
    assert list((workspace / ".callboard").iterdir()) == []
    place(source, workspace, port=5000, run="1")
    assert (workspace / "pages/index.js").read_text() == "1"


def test_it_can_be_ended_until_the_swap(tmp_path: Path) -> None:
    """What the caller raises goes through, and nothing is changed."""
    workspace = write_tree(workspace_in(tmp_path), APP)

    def end() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place(write_tree(tmp_path / "1", PAGES), workspace, port=5000, run="1", proceed=end)
    assert read_tree(workspace) == APP
    assert list((workspace / ".callboard").iterdir()) == []


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    """With a note; nothing waits for a pipe."""
    source = write_tree(tmp_path / "1", PAGES)
    os.mkfifo(source / "pipe")
    result = place(source, workspace_in(tmp_path), port=5000, run="1")
    assert result.notes == ("pipe was left out: it is a pipe, a socket or a device.",)
    assert read_tree(tmp_path / "workspace") == PAGES


def test_notes_are_bounded(tmp_path: Path) -> None:
    """In their number and length, and also when they are read back."""
    source = write_tree(tmp_path / "1", {**SERVER, **{f"{'n' * 250}{at}": "-> /etc/passwd" for at in range(60)}})
    result = place(source, workspace_in(tmp_path), port=5000, run="1")
    assert len(result.notes) == 41
    assert max(map(len, result.notes)) == 300
    assert result.notes[-1] == "and 20 more like these"
    assert place(source, tmp_path / "workspace", port=5000, run="1") == result


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 name a file all the same."""
    source = write_tree(tmp_path / "1", SERVER)
    name = os.fsdecode(b"caf\xe9")
    (source / name).write_text("x")
    (source / f"{name}-link").symlink_to("/x")
    workspace = workspace_in(tmp_path)
    result = place(source, workspace, port=5000, run="1")
    assert (workspace / name).read_text() == "x"
    assert result.notes[0].encode()
    place(write_tree(tmp_path / "2", SERVER), workspace, port=5000, run="2")
    assert not (workspace / name).exists()


def test_only_scripts_of_package_json_change(tmp_path: Path) -> None:
    """As it comes out of the workspace."""
    text = '\ufeff{\r\n\t"b": [1, 2],\r\n\t"a": "\u00e9",\r\n\t"scripts": {\r\n\t\t"start": "node s.js"\r\n\t}\r\n}'
    workspace = workspace_in(tmp_path)
    place(write_tree(tmp_path / "1", {**SERVER, "package.json": text}), workspace, port=5001, run="1")
    assert (workspace / "package.json").read_bytes().decode() == text.replace(
        '"node s.js"', json.dumps("PORT=5001 HOST=0.0.0.0 node s.js")
    )
