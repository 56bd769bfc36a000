"""What the docs point at is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page that people read."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as renderers make them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The links of a page to files of this project: target and anchor."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path if path else page), anchor


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files exist, and so do the headings that are named."""
    for target, anchor in links(page):
        assert target.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in headings(target), f"{page.name}: {target.name}#{anchor}"


def test_the_index_names_every_page() -> None:
    """A page that no one can find is not written."""
    index = ROOT / "docs" / "README.md"
    listed = {target.resolve() for target, _ in links(index)}

    for page in (ROOT / "docs").rglob("*.md"):
        assert page == index or page.parent.name == "changes" or page.resolve() in listed, page
