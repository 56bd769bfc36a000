"""What a release says of itself: `python -m tests.house.release notes v1.2.3` prints it, or says why there is none."""

import re
import sys
from pathlib import Path

from tests.house.project import ROOT, read_pyproject

TAG = re.compile(r"v(\d+\.\d+\.\d+)")
CHANGES = Path("docs/changes")
CHANGELOG = Path("CHANGELOG.md")


class NotReleasable(Exception):
    """What is in the tree is not what the tag says."""


def notes(tag: str, root: Path = ROOT) -> str:
    """Return what the changelog has of this version.

    Args:
        tag: As git has it.
        root: Of the tree that the tag names.

    Raises:
        NotReleasable: The tag is not the version, the version is not in the changelog, or changes wait to be put there.
    """
    version = read_pyproject(root)["project"]["version"]
    match = TAG.fullmatch(tag)
    if match is None or match[1] != version:
        raise NotReleasable(f"the tag {tag} is not v{version}, the version in pyproject.toml")
    waiting = sorted(path.name for path in (root / CHANGES).glob("*.*.md"))
    if waiting:
        raise NotReleasable(
            f"changes are not in {CHANGELOG} yet: {', '.join(waiting)}; towncrier build --version {version}"
        )
    changelog = root / CHANGELOG
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    section = re.search(rf"^## {re.escape(version)} .*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None or not section[1].strip():
        raise NotReleasable(f"{CHANGELOG} says nothing of {version}; towncrier build --version {version}")
    return section[1].strip() + "\n"


def main(words: list[str]) -> int:
    """Print the notes; 1 when there can be no release."""
    if len(words) != 2 or words[0] != "notes":
        sys.stderr.write("usage: python -m tests.house.release notes v1.2.3\n")
        return 2
    try:
        sys.stdout.write(notes(words[1]))
    except NotReleasable as reason:
        sys.stderr.write(f"release: {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
