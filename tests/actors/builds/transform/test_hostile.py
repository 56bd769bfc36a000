"""A container that wants files outside of its workspace written, read or removed."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from actors.builds.base import BuildFailed
from actors.builds.transform.copying import stays_inside
from actors.builds.transform.place import place, recover
from tests.actors.builds.transform.trees import read_tree, write_tree
from tests.actors.disk_steps import Steps, steps_of

pytestmark = pytest.mark.usefixtures("without_sync")

APP = {"package.json": '{"scripts": {"start": "PORT=5000 node s.js"}}', "s.js": "'/api/health'", "src/a.js": "new"}
OLD = {**APP, "src/a.js": "old", "pages/x.js": "old"}
VICTIM = {"a.js": "kept", "frontend/a.js": "kept", "manifest.json": "kept", "swap.json": "kept", "staging-2/x": "kept"}


@pytest.mark.parametrize(
    ("link", "depth", "inside"),
    [
        ("a.js", 0, True),
        ("./b/../a.js", 0, False),
        ("b/./c", 0, True),
        ("../a.js", 1, True),
        ("../../a.js", 1, False),
        ("..", 0, False),
        (".", 0, True),
        ("../x/../../y", 3, False),
        ("/etc/passwd", 5, False),
        ("//etc", 5, False),
        ("", 0, False),
    ],
)
def test_links_that_stay_inside(link: str, depth: int, *, inside: bool) -> None:
    """By their words, with no climbing after a name: that may be a link."""
    assert stays_inside(link, depth) is inside


def test_links_in_the_app(tmp_path: Path) -> None:
    """Those that stay inside are copied as links; no other is, and none is followed."""
    write_tree(tmp_path / "victim", VICTIM)
    inside = {"b.js": "-> src/a.js", "src/deep/c": "-> ../../s.js", "src/all": "-> .", "dangling": "-> nowhere"}
    outside = {
        "d": "-> ../victim",
        "src/e": "-> ../../victim/a.js",
        "f": f"-> {tmp_path}/victim",
        "g": "-> src/all/../../x",
    }
    workspace = write_tree(tmp_path / "workspace", {})
    result = place(write_tree(tmp_path / "app", {**APP, **inside, **outside}), workspace, port=5000, run="1")
    assert read_tree(workspace) == {**APP, **inside}
    assert {note.split(" ", 1)[0] for note in result.notes} == set(outside)


Attack = Callable[[Path, Path], None]


def _link_over(name: str, target: str) -> Attack:
    """Return what puts a link to the victim's files in the place of an entry."""

    def attack(workspace: Path, victim: Path) -> None:
        path = workspace / name
        if path.is_symlink() or not path.parent.is_dir():
            return
        if path.exists():
            path.rename(workspace / f"moved-{name.replace('/', '-')}")
        path.symlink_to(victim / target)

    return attack


ATTACKS = {
    "the old sources": _link_over("src", ""),
    "the board": _link_over(".callboard", ""),
    "what is staged": _link_over(".callboard/staging-2", ""),
    "what is staged, deep": _link_over(".callboard/staging-2/src", ""),
    "what is taken out": _link_over(".callboard/outgoing-2", ""),
    "the state before": _link_over(".callboard/previous", ""),
    "the plan": _link_over(".callboard/swap.json", "a.js"),
    "the next plan": _link_over(".callboard/swap.json.new", "a.js"),
    "the manifest": _link_over(".callboard/manifest.json", "a.js"),
    "where the app is": _link_over("apps", ""),
    "the app": _link_over("apps/frontend", ""),
    "a part of the app": _link_over("apps/frontend/src", ""),
    "a file of the app": _link_over("apps/frontend/s.js", "a.js"),
    "package.json": _link_over("package.json", "a.js"),
}


def _scene(root: Path) -> tuple[Path, Path]:
    """Return a workspace with one build behind it and another before it, and the victim's files."""
    workspace = write_tree(root / "workspace", {})
    place(write_tree(root / "old", OLD), workspace, port=5000, run="1")
    write_tree(workspace / "apps/frontend", APP)
    return workspace, write_tree(root / "victim", VICTIM)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_link_swapped_in_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever comes of the build: nothing of the victim's is changed, nor read into the workspace."""
    workspace, _ = _scene(tmp_path / "count")
    steps = steps_of(monkeypatch, lambda: place(workspace / "apps/frontend", workspace, port=5000, run="2"))
    for step in range(0, steps, 2):
        workspace, victim = _scene(tmp_path / str(step))

        def attack(workspace: Path = workspace, victim: Path = victim) -> None:
            ATTACKS[name](workspace, victim)

        with monkeypatch.context() as patch, suppress(BuildFailed):
            Steps(step, attack).install(patch)
            place(workspace / "apps/frontend", workspace, port=5000, run="2")
        with suppress(BuildFailed):
            recover(workspace)
        assert read_tree(victim) == VICTIM
        files = (path for path in workspace.rglob("*") if path.is_file() and not path.is_symlink())
        assert not [path for path in files if path.read_text() == "kept"]


def _forged(**changes: object) -> str:
    """Return a plan as the container may write one."""
    placed = {
        "kind": "x",
        "start": "x",
        "needs_build": True,
        "has_dependencies": True,
        "notes": [],
        "files": 1,
        "bytes": 1,
    }
    plan = {"version": 1, "run": "9", "source": [], "source_inode": 1, "leave": [], "enter": [], "placed": placed}
    return json.dumps({**plan, **changes})


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "[" * 100_000,
        "[]",
        "{}",
        _forged(version=2),
        _forged(run="../x"),
        _forged(run=1),
        _forged(run="9\n"),
        _forged(leave=["../victim"]),
        _forged(leave=[".."]),
        _forged(leave=[".callboard"]),
        _forged(enter=["/etc"]),
        _forged(enter=[""]),
        _forged(enter=["a\0b"]),
        _forged(enter=[1]),
        _forged(enter="a"),
        _forged(source=["..", "victim"]),
        _forged(source_inode="1"),
        _forged(placed={}),
        _forged(placed=None),
    ],
)
def test_a_forged_plan_is_refused(tmp_path: Path, plan: str) -> None:
    """It is said which file to remove, and nothing is done."""
    victim = write_tree(tmp_path / "victim", VICTIM)
    workspace = write_tree(tmp_path / "workspace", {".callboard/swap.json": plan, "mine": "1"})
    with pytest.raises(BuildFailed, match=r"\.callboard/swap\.json is not as this server wrote it") as caught:
        recover(workspace)
    assert caught.value.code == "transform_state"
    assert read_tree(victim) == VICTIM
    assert read_tree(workspace) == {"mine": "1"}


@pytest.mark.parametrize("manifest", ["", "{", "{}", '{"run": "1", "entries": ["../victim"], "placed": {}}', "-> /etc"])
def test_a_forged_manifest_is_as_good_as_none(tmp_path: Path, manifest: str) -> None:
    """The app is placed; a link in its place is replaced or refused."""
    victim = write_tree(tmp_path / "victim", VICTIM)
    workspace = write_tree(tmp_path / "workspace", {".callboard/manifest.json": manifest, "mine": "1"})
    with suppress(BuildFailed):
        place(write_tree(tmp_path / "app", APP), workspace, port=5000, run="1")
        assert read_tree(workspace) == {**APP, "mine": "1"}
    assert read_tree(victim) == VICTIM


def test_a_board_that_is_a_link_or_a_file(tmp_path: Path) -> None:
    """It is refused."""
    victim = write_tree(tmp_path / "victim", VICTIM)
    for name, board in {"link": f"-> {victim}", "file": "x"}.items():
        workspace = write_tree(tmp_path / name, {".callboard": board})
        with pytest.raises(BuildFailed):
            place(write_tree(tmp_path / "app", APP), workspace, port=5000, run="1")
        with pytest.raises(BuildFailed):
            recover(workspace)
    assert read_tree(victim) == VICTIM


def test_a_workspace_that_is_a_link(tmp_path: Path) -> None:
    """It is refused here too, whatever was looked at before."""
    victim = write_tree(tmp_path / "victim", VICTIM)
    (tmp_path / "workspace").symlink_to(victim)
    with pytest.raises(BuildFailed):
        place(write_tree(tmp_path / "app", APP), tmp_path / "workspace", port=5000, run="1")
    assert read_tree(victim) == VICTIM
