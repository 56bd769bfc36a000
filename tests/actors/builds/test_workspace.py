"""Where a workspace may be, and how its directory is made."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.builds.base import BuildFailed
from actors.builds.workspace import inspect, prepare, workspace_path
from actors.runtime.errors import InvalidInput

NOBODY = 65534
ROOT = Path("/srv/workspaces")
OTHER = Path("/srv//more/./ws/")
ROOTS = (ROOT, OTHER)


@pytest.mark.parametrize(
    ("identity", "path", "expected"),
    [
        ("ws-1", None, "/srv/workspaces/ws-1"),
        ("a" * 255, None, f"/srv/workspaces/{'a' * 255}"),
        ("...", None, "/srv/workspaces/..."),
        ("ws-1", "/srv/workspaces/other", "/srv/workspaces/other"),
        ("ws-1", "/srv/more/ws/team/other/", "/srv/more/ws/team/other"),
        ("ws-1", "//srv/./workspaces//x/.", "/srv/workspaces/x"),
        ("ws-1", "/srv/workspaces/my team/x", "/srv/workspaces/my team/x"),
    ],
)
def test_paths_that_are_allowed(identity: str, path: str, expected: str) -> None:
    """The first root by the id alone; any root by a path, which is written plainly."""
    assert str(workspace_path(ROOTS, identity, path)) == expected


@pytest.mark.parametrize("identity", ["", ".", "..", "../x", "/etc", "a/b", "a b", "a\0", "a\n", "\u00e9", "a" * 300])
def test_ids_that_are_refused(identity: str) -> None:
    """Each with its field, whether a path wins over it or not."""
    for path in (None, "/srv/workspaces/x"):
        with pytest.raises(InvalidInput) as caught:
            workspace_path(ROOTS, identity, path)
        assert [error.field for error in caught.value.errors] == ["workspaceId"]
        assert "has to be a name" in caught.value.errors[0].problem


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "absolute"),
        ("ws/x", "absolute"),
        ("/srv/workspaces", "not below"),
        ("/srv/workspaces/", "not below"),
        ("/srv/workspaces-2/x", "not below"),
        ("/etc", "not below"),
        ("/", "not below"),
        ("/srv/workspaces/../workspaces/x", "'..'"),
        ("/srv/workspaces/x/..", "'..'"),
        ("/srv/workspaces/a\0b", "control"),
        ("/srv/workspaces/\udcff", "Unicode"),
        ("/srv/workspaces/" + "a/" * 600, "longer"),
        ("/srv/workspaces/a b", "name"),
        ("/srv/workspaces/" + "a" * 256, "name"),
    ],
)
def test_paths_that_are_refused(path: str, said: str) -> None:
    """Each with its field and why."""
    with pytest.raises(InvalidInput) as caught:
        workspace_path(ROOTS, "ws", path)
    assert [error.field for error in caught.value.errors] == ["workspacePath"]
    assert said in caught.value.errors[0].problem
    assert caught.value.hint


def test_both_that_are_wrong_are_named() -> None:
    """At once."""
    with pytest.raises(InvalidInput) as caught:
        workspace_path(ROOTS, "..", "x")
    assert [error.field for error in caught.value.errors] == ["workspaceId", "workspacePath"]


@settings(deadline=None, max_examples=80)
@given(st.text(), st.none() | st.text() | st.text().map("/srv/workspaces/{}".format))
def test_whatever_is_sent_stays_below_a_root(identity: str, path: str) -> None:
    """Or is refused."""
    try:
        found = workspace_path(ROOTS, identity, path)
    except InvalidInput:
        return
    assert any(Path(os.path.normpath(root)) in found.parents for root in ROOTS)
    assert os.path.normpath(found) == str(found)


def mode_of(path: Path) -> int:
    """Return a path's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o077, 0o002, 0o777])
def test_a_workspace_is_made_for_the_group(tmp_path: Path, umask: int) -> None:
    """2775, whatever the umask, and those above it too; doing it again changes nothing."""
    root = tmp_path / "root"
    root.mkdir()
    before = os.umask(umask)
    try:
        for _ in range(2):
            prepare(root / "team" / "ws", [root])
    finally:
        os.umask(before)
    assert mode_of(root / "team") == mode_of(root / "team" / "ws") == 0o2775
    (root / "team").chmod(0o700)
    (root / "team" / "ws").chmod(0o700)
    prepare(root / "team" / "ws", [root])
    assert mode_of(root / "team") == 0o700
    assert mode_of(root / "team" / "ws") == 0o2775


def test_a_root_that_is_missing_or_a_link(tmp_path: Path) -> None:
    """It is configured, so it is made, and followed."""
    prepare(tmp_path / "a" / "root" / "ws", [tmp_path / "a" / "root"])
    (tmp_path / "link").symlink_to("a/root")
    prepare(tmp_path / "link" / "ws2", [tmp_path, tmp_path / "link"])
    assert sorted(path.name for path in (tmp_path / "a/root").iterdir()) == ["ws", "ws2"]


@pytest.mark.parametrize("link", ["ws", "team"])
@pytest.mark.parametrize("act", [prepare, inspect])
def test_links_are_not_followed(tmp_path: Path, link: str, act: object) -> None:
    """Neither the workspace nor a directory above it may be one; nothing is written."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (outside / "ws").mkdir(parents=True)
    (root / "team").mkdir(parents=True)
    if link == "team":
        (root / "team").rmdir()
    (root / "team" / "ws" if link == "ws" else root / "team").symlink_to(outside)
    with pytest.raises(InvalidInput, match="is a link, and links are not followed") as caught:
        (prepare if act is prepare else inspect)(root / "team" / "ws", [root], field="workspacePath")
    assert caught.value.errors[0].field == "workspacePath"
    assert [path.name for path in outside.iterdir()] == ["ws"]


def test_a_link_that_leads_nowhere_and_a_file(tmp_path: Path) -> None:
    """They are no workspace, and nothing is made where the link leads."""
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "file").write_text("x")
    for act in (prepare, inspect):
        with pytest.raises(InvalidInput, match="is a link"):
            act(tmp_path / "link", [tmp_path])
        with pytest.raises(InvalidInput, match="is not a directory"):
            act(tmp_path / "file", [tmp_path])
        with pytest.raises(InvalidInput, match="'file' above it is not a directory"):
            act(tmp_path / "file" / "ws", [tmp_path])
    assert not (tmp_path / "nowhere").exists()


def test_looking_writes_nothing(tmp_path: Path) -> None:
    """What is missing is no problem."""
    inspect(tmp_path / "root" / "a" / "b", [tmp_path / "root"])
    (tmp_path / "root").mkdir()
    inspect(tmp_path / "root" / "a" / "b", [tmp_path / "root"])
    assert list((tmp_path / "root").iterdir()) == []


def test_a_path_outside_of_the_roots(tmp_path: Path) -> None:
    """It is refused here too, whoever made it up."""
    for path in (tmp_path / "other" / "ws", tmp_path / "root", tmp_path / "root" / ".." / "ws"):
        with pytest.raises(InvalidInput, match="not below an allowed root"):
            prepare(path, [tmp_path / "root"])
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which, and what to do."""
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with pytest.raises(BuildFailed, match="cannot be made or written to: Permission denied") as caught:
        prepare(tmp_path / "ws", [tmp_path])
    assert caught.value.code == "workspace"
    assert caught.value.hint


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Without root's right to write anywhere, for the block."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_root_that_cannot_be_written_to() -> None:
    """Really."""
    # Not in `tmp_path`, whose parents nobody but their owner may enter.
    with TemporaryDirectory() as directory:
        root = Path(directory)
        root.chmod(0o555)
        with _as_nobody(), pytest.raises(BuildFailed, match=r"ws cannot be made .*Permission denied"):
            prepare(root / "ws", [root])
