"""Each fragment of the changelog has a name that towncrier takes and something to say."""

import re

from tests.house.project import ROOT, read_pyproject

CHANGES = ROOT / "docs" / "changes"


def test_every_fragment_is_well_formed() -> None:
    """`+word.kind.md` or `issue.kind.md`, one or more sentences."""
    kinds = "|".join(kind["directory"] for kind in read_pyproject()["tool"]["towncrier"]["type"])

    for path in CHANGES.iterdir():
        if path.name in {"README.md", ".gitignore"}:
            continue
        assert re.fullmatch(rf"(\+[a-z0-9-]+|\d+)\.({kinds})\.md", path.name), path.name
        assert path.read_text(encoding="utf-8").strip().endswith("."), f"{path.name} is no sentence"
