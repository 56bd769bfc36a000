"""Whatever a project was, it can be again."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.projects.versions.entries import Entry, Kind, Tree, digest_of, digests_in
from tests.actors.projects.files.trees import Content, encoded, read_tree
from tests.actors.projects.versions.support import Scene

NAMES = st.sampled_from(["a", "b", "c.ts", "é"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CONTENTS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(["", "text\n", "#!/bin/sh\n", "-> a", "-> ../b", "-> /etc/passwd", "x" * 5000]),
)
STATES = st.dictionaries(PATHS, CONTENTS, max_size=8)


def possible(files: dict[str, Content]) -> dict[str, Content]:
    """Leave out what is below a file."""
    return {
        path: content
        for path, content in files.items()
        if not any(path.startswith(f"{other}/") for other in files if other != path)
    }


@pytest.mark.usefixtures("without_sync")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(STATES.map(possible), min_size=2, max_size=4), back=st.integers(0, 3))
def test_each_state_comes_back(
    states: list[dict[str, Content]], back: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Restored over any other state, or forked; and what was there before the restore can be had back too."""
    scene = Scene(tmp_path_factory.mktemp("scene"))
    kept = {}
    for state in states:
        scene.become(state)
        version = scene.store.snapshot(scene.project)
        if version is not None:
            kept[version.id] = state
    version_id, state = list(kept.items())[back % len(kept)]
    restored = scene.store.restore(version_id, scene.project)
    assert scene.read() == encoded(state)
    assert restored.notes == ()
    assert restored.version.tree == scene.store.get(version_id).tree
    scene.store.fork(version_id, scene.root / "fork")
    assert read_tree(scene.root / "fork") == encoded(state)
    last = list(kept)[-1]
    scene.store.restore(last, scene.project)
    assert scene.read() == encoded(kept[last])
    scene.check_whole()


@settings(max_examples=30, deadline=None)
@given(states=STATES.map(possible))
def test_trees_as_json(states: dict[str, Content]) -> None:
    """There and back, and equal for equal trees."""
    tree = Tree.of(
        Entry(path, Kind.FILE, len(content), digest_of(repr(content).encode()), executable=True)
        for path, content in states.items()
    )
    assert Tree.decode(tree.encode()) == tree == Tree.of(reversed(tree.entries))
    assert digests_in(tree.encode()) == tree.digests


@pytest.mark.parametrize(
    "row",
    [
        '["file","../x",1,"' + "a" * 64 + '",0]',
        '["file","x",1,"../../x",0]',
        '["file","x"]',
        '["link","/x","y"]',
        '["link","x",1]',
        '["socket","x"]',
        '"file"',
        "1",
    ],
)
def test_trees_that_are_none(row: str) -> None:
    """Least of all those that lead out."""
    with pytest.raises(ValueError, match=r"."):
        Tree.decode(f'{{"format":1,"entries":[{row}]}}'.encode())


def test_a_tree_of_another_format() -> None:
    """Is not guessed at."""
    for content in (b"", b"[]", b"{}", b'{"format":2,"entries":[]}'):
        with pytest.raises(ValueError, match=r"."):
            Tree.decode(content)
        with pytest.raises(ValueError, match=r"."):
            digests_in(content)


def test_large_files(tmp_path: Path) -> None:
    """In more than one piece, compressed or not."""
    scene = Scene(tmp_path)
    files: dict[str, Content] = {"text": b"line\n" * 200_000, "noise": bytes(range(256)) * 3000, "none": b""}
    version = scene.keep(files)
    scene.become({"text": "x"})
    scene.store.restore(version.id, scene.project)
    assert scene.read() == encoded(files)
    assert scene.store.disk_use() < 400_000
