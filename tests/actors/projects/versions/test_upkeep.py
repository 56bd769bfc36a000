"""Old versions go, with what only they had; what is damaged is found."""

from pathlib import Path

import pytest

from actors.projects.versions.entries import digest_of
from actors.runtime.errors import InvalidInput, NotFound, StorageFailed
from tests.actors.projects.versions.support import Scene


def content_of(scene: Scene, content: bytes) -> Path:
    """Return where a content is."""
    digest = digest_of(content)
    return scene.root / "store" / "blobs" / digest[:2] / digest[2:]


def test_prune(scene: Scene) -> None:
    """What is shared stays; numbers are not used again."""
    for text in "123":
        scene.keep({"shared": "s", "own": text})
    pruned = scene.store.prune(1)
    assert (pruned.versions, pruned.contents) == (2, 4)
    assert pruned.bytes > 0
    assert content_of(scene, b"s").exists()
    assert not content_of(scene, b"1").exists()
    with pytest.raises(NotFound):
        scene.store.diff("v1", "v3")
    assert scene.keep({"own": "4"}).id == "v4"
    with pytest.raises(InvalidInput):
        scene.store.prune(0)
    scene.check_whole()


def test_nothing_goes_when_something_is_damaged(scene: Scene) -> None:
    """What a damaged version names is not known, and so nothing is removed."""
    scene.keep({"a": "1"})
    scene.keep({"a": "2"})
    (scene.root / "store" / "versions" / "000000001.json").write_text("{")
    with pytest.raises(StorageFailed):
        scene.store.prune(9)
    assert content_of(scene, b"1").exists()
    assert [version.id for version in scene.store.versions()] == ["v2"]
    scene.store.prune(1)
    assert not content_of(scene, b"1").exists()


def test_verify(scene: Scene) -> None:
    """Damaged and missing contents, trees and versions."""
    for text in "123":
        scene.keep({"a": text})
    assert scene.store.verify().problems == ()
    content_of(scene, b"1").write_bytes(b"R2")
    content_of(scene, b"2").unlink()
    tree = scene.store.get("v3").tree
    (scene.root / "store" / "blobs" / tree[:2] / tree[2:]).write_bytes(b"R{}")
    problems = scene.store.verify().problems
    assert len(problems) == 3
    assert sum("missing" in problem for problem in problems) == 1


def test_a_newest_version_that_is_damaged(scene: Scene) -> None:
    """Does not keep the next one from being made."""
    scene.keep({"a": "1"})
    scene.keep({"a": "2"})
    (scene.root / "store" / "versions" / "000000002.json").write_text("[]")
    version = scene.reopened().snapshot(scene.project)
    assert version is not None
    assert (version.id, version.parent) == ("v3", "v2")
    assert [known.id for known in scene.store.versions()] == ["v3", "v1"]
