"""A release: its changelog comes from the fragments, its notes from the changelog, and its bill names all of it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.project import ROOT, read_pyproject
from tests.house.release import NotReleasable, main, notes
from tests.house.test_locks import installed_on, read_lock
from tests.packaging.bill import main as write_bill_of

VERSION = read_pyproject()["project"]["version"]
KINDS = [kind["directory"] for kind in read_pyproject()["tool"]["towncrier"]["type"]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a release is made from; its fragments are its own, since there are none here right after a release."""
    changes = tmp_path / "docs" / "changes"
    changes.mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "changes" / "README.md", changes)
    for number, kind in enumerate(KINDS, 1):
        (changes / f"{number}.{kind}.md").write_text(f"Something was {kind}.\n\nIn `{kind}`, that is.\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    # It names the package whose version counts, which is looked for beside.
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("")
    return tmp_path


def build_changelog(tree: Path) -> None:
    """What docs/how-to/release.md says: `towncrier build`."""
    command = [sys.executable, "-m", "towncrier", "build", "--yes", "--version", VERSION]
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True, timeout=60)
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_notes_are_what_the_fragments_say(tree: Path) -> None:
    """Each line of theirs is in the changelog, then in the notes; and they are gone, but for the page about them."""
    build_changelog(tree)

    said = notes(f"v{VERSION}", tree)
    assert len(KINDS) == 5
    for number, kind in enumerate(KINDS, 1):
        assert f"### {kind.capitalize()}\n" in said
        assert f"Something was {kind}." in said
        assert f"In `{kind}`, that is." in said
        assert f"#{number}" in said
    assert [path.name for path in (tree / "docs" / "changes").iterdir()] == ["README.md"]


def test_a_later_release_has_notes_of_its_own(tree: Path) -> None:
    """The sections before it are not in them."""
    build_changelog(tree)
    old = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    assert old.count(f"## {VERSION} ") == 1
    (tree / "CHANGELOG.md").write_text(
        old.replace(f"## {VERSION} ", f"## {VERSION} (2030-01-01)\n\nThis.\n\n## 0.0.1 ", 1)
    )
    assert notes(f"v{VERSION}", tree) == "This.\n"


@pytest.mark.parametrize("tag", ["v9.9.9", VERSION, "v1", "x"])
def test_a_tag_that_is_not_the_version(tree: Path, tag: str) -> None:
    """It is named, with the version."""
    with pytest.raises(NotReleasable, match=f"not v{VERSION}"):
        notes(tag, tree)


def test_changes_that_wait(tree: Path) -> None:
    """They would come with no release."""
    with pytest.raises(NotReleasable, match="towncrier build"):
        notes(f"v{VERSION}", tree)


def test_a_version_that_the_changelog_does_not_have(tree: Path) -> None:
    """Nobody would know what is in it."""
    build_changelog(tree)
    (tree / "CHANGELOG.md").write_text("## 0.0.1 (2020-01-01)\n\nOld.\n")
    with pytest.raises(NotReleasable, match="says nothing"):
        notes(f"v{VERSION}", tree)


def test_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong use is another code than a release that cannot be."""
    assert main([]) == 2
    assert main(["notes", "v9.9.9"]) == 1
    assert "v9.9.9" in capsys.readouterr().err


@pytest.mark.real
@pytest.mark.slow
def test_the_bill_names_all_that_the_lock_installs(tmp_path: Path, wheel: Path) -> None:
    """By name and version, each with where it is from and its licence, in a form that its schema takes."""
    write_bill_of(str(wheel), str(tmp_path / "bill.json"))

    bill = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "callboard")
    named = {part["name"].lower().replace("_", "-"): part for part in bill["components"]}
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for name, (version,) in installed_on(python, read_lock("requirements.lock")).items():
        assert named[name]["version"] == str(version)
        assert named[name]["purl"].startswith("pkg:pypi/")
    licensed = [name for name, part in named.items() if part.get("licenses")]
    assert len(licensed) > len(named) * 0.9
