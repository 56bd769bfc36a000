"""What has changed, in numbers and in words, within bounds."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.projects.versions.difference import DiffLimits, FileChange
from actors.projects.versions.lines import Block, Budget, blocks, split
from actors.projects.versions.scan import Limits
from actors.projects.versions.unified import unified
from actors.runtime.errors import NotFound
from tests.actors.projects.versions.support import Scene

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "-x\n"]), max_size=14)


def applied(old: list[str], new: list[str], differ: list[Block]) -> list[str]:
    """Return the old lines with the blocks replaced."""
    result: list[str] = []
    at = 0
    for block in differ:
        result += old[at : block.old] + new[block.new : block.new_end]
        at = block.old_end
    return result + old[at:]


@settings(deadline=None)
@given(old=LINES, new=LINES, steps=st.sampled_from([0, 5, 20, 10_000]))
def test_blocks_make_one_of_the_other(old: list[str], new: list[str], steps: int) -> None:
    """With any budget; with enough of it no edit is shorter."""
    differ = blocks(old, new, Budget(steps))
    assert applied(old, new, differ) == new
    if steps == 10_000:
        edits = sum(block.old_end - block.old + block.new_end - block.new for block in differ)
        assert edits == len(old) + len(new) - 2 * longest(old, new)


def longest(a: list[str], b: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = row
        row = [0]
        for place, y in enumerate(b):
            row.append(before[place] + 1 if x == y else max(before[place + 1], row[-1]))
    return row[-1]


@pytest.mark.real
@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not here")
def test_patch_can_apply_it(tmp_path: Path) -> None:
    """With and without a newline at the end, with hunks apart and together, with characters of all kinds."""
    long = "".join(f"{place}\n" for place in range(40))
    cases = [("a\n", "b\n"), ("a", "a\n"), ("a\nb", "b"), ("", "x\ny"), (long, long.replace("5\n", "\f\n\r\n"))]
    cases += [(long, "top\n" + long + "é"), (long, long[20:]), (long + "a", long + "b")]
    for place, (old, new) in enumerate(cases):
        a, b = split(old), split(new)
        text = unified(a, b, blocks(a, b, Budget(9999)), ("a/f", "b/f"), 999, 9999).text
        file = tmp_path / str(place)
        file.write_bytes(old.encode())
        subprocess.run(["patch", "-s", str(file)], input=text.encode(), check=True)
        assert file.read_bytes().decode() == new


def test_hostile_texts() -> None:
    """Made to cost difflib minutes: each line is there many times, and in another order."""
    old = [f"{place % 97}\n" for place in range(5_000)]
    new = [f"{(place * 31) % 89}\n" for place in range(5_000)]
    begun = time.process_time()
    budget = Budget(DiffLimits().steps)
    assert applied(old, new, blocks(old, new, budget)) == new
    assert time.process_time() - begun < 20


def changes(scene: Scene, a: str = "v1", b: str = "v2", **limits: int) -> dict[str, FileChange]:
    """Return what has changed, by paths."""
    return {change.path: change for change in scene.store.diff(a, b, limits=DiffLimits(**limits)).files}


def test_each_kind_of_change(tmp_path: Path) -> None:
    """Added, removed, modified, made executable; text, binary, links, directories, too large."""
    scene = Scene(tmp_path, Limits(file=1000))
    same = {"same": "1", "big": "1" * 1001}
    scene.keep({**same, "gone": "1\n", "text": "1\n2\n", "bin": b"\0", "link": "-> a", "mode": "x", "kind": "x"})
    scene.keep(
        {**same, "new": "1", "text": "1\n3\n", "bin": b"\1\0", "link": "-> b", "mode": "x", "kind": "-> x", "e/": ""}
    )
    (scene.project / "mode").chmod(0o755)
    (scene.project / "big").write_text("2" * 1002)
    scene.keep()
    found = changes(scene, "v1", "v3")
    kinds = {path: change.change for path, change in found.items()}
    modified = dict.fromkeys(["text", "bin", "link", "kind", "big"], "modified")
    assert kinds == {**modified, "gone": "removed", "new": "added", "e": "added", "mode": "mode"}
    assert found["text"].text == "--- a/text\n+++ b/text\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"
    assert (found["text"].lines_added, found["text"].lines_removed) == (1, 1)
    assert found["new"].text.startswith("--- /dev/null\n+++ b/new\n@@ -0,0 +1,1 @@\n+1\n\\ No newline")
    assert found["bin"].binary
    assert (found["bin"].old_size, found["bin"].new_size, found["bin"].text) == (1, 2, "")
    assert found["big"].binary
    assert "-a\n" in found["link"].text
    assert found["mode"].executable
    assert found["gone"].new_size is None
    assert changes(scene, "v3", "v1")["gone"].change == "added"


def test_one_path(scene: Scene) -> None:
    """Changed or not; a path that neither has is unknown."""
    scene.keep({"a": "1", "b": "1"})
    scene.keep({"a": "2", "b": "1"})
    assert [change.path for change in scene.store.diff("v1", "v2", "a").files] == ["a"]
    assert scene.store.diff("v1", "v2", "b").files == ()
    with pytest.raises(NotFound):
        scene.store.diff("v1", "v2", "../a")
    with pytest.raises(NotFound):
        scene.store.diff("v1", "v3")


def test_bounds(scene: Scene) -> None:
    """What is cut says so."""
    scene.keep({"x": "1"})
    scene.keep({"a": "1\n" * 50, "b": "2\n" * 50, "c": "3"})
    difference = scene.store.diff("v1", "v2", limits=DiffLimits(files=2))
    assert (len(difference.files), difference.total, difference.cut) == (2, 4, True)
    found = changes(scene, lines=10)
    assert found["a"].cut
    assert (len(found["a"].text.splitlines()), found["a"].lines_added) == (10, 50)
    assert len(changes(scene, text=60)["a"].text) <= 60
    found = changes(scene, total=200)
    assert (found["a"].cut, found["b"].cut, found["c"].cut) == (False, True, True)
    assert sum(len(change.text) for change in found.values()) <= 200
    found = changes(scene, file=20)
    assert (found["a"].cut, found["a"].text, found["a"].lines_added) == (True, "", None)
    assert changes(scene, steps=0)["a"].lines_added == 50
