"""What the docs point at is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

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


def addresses(page: Path) -> Iterator[tuple[str, str, str]]:
    """The addresses of others that a page leads to; those in code are examples."""
    text = re.sub(r"^```.*?^```$|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"\]\(([a-z]+:[^)\s]+)\)|<([a-z]+:[^>\s]+)>|(https?://[^\s)>\]]+)", text)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_address_of_others_has_the_right_form(page: Path) -> None:
    """Over TLS, by a name, and as it is typed; whether they answer is asked once a week, by `docs.yml`."""
    for address in ("".join(found) for found in addresses(page)):
        parts = urlsplit(address.rstrip(".,;:"))
        if parts.hostname in {"127.0.0.1", "localhost"}:
            continue
        assert parts.scheme == "https", address
        assert re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", parts.netloc), address
        assert re.fullmatch(r"[\w./~%@+:,=-]*", parts.path), address
        assert not parts.query, address


def test_the_index_names_every_page() -> None:
    """A page that no one can find is not written."""
    index = ROOT / "docs" / "README.md"
    listed = {target.resolve() for target, _ in links(index)}

    for page in (ROOT / "docs").rglob("*.md"):
        assert page == index or page.parent.name == "changes" or page.resolve() in listed, page
