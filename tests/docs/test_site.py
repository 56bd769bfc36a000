"""The site: every page is there, each link leads somewhere, nothing comes from elsewhere, and it can be searched.

It is built as CI builds it, with warnings as errors, and looked at from the disk.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Optional
from urllib.parse import unquote, urlsplit

import pytest

from tests import needs
from tests.app.web.browser import Tab
from tests.environments import NotHere
from tests.house.project import ROOT
from tests.house.site import BuildFailed, build
from tests.house.site import sources as sources_module
from tests.house.site.sources import write_sources

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOADED = {"img", "script", "link", "source", "iframe"}
"""What a browser fetches without being asked; `a` only leads there."""


@dataclass
class Page(HTMLParser):
    """What one page of the site has: where its links lead, what it loads, and what can be led to.

    Attributes:
        links: Addresses, each with the name of its element.
        anchors: The ids of its elements.
    """

    links: list[tuple[str, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        """Note an element."""
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in {"href", "src"} and value:
                self.links.append((tag, value))


@cache
def parsed(path: Path) -> Page:
    """Read a page."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once."""
    target = tmp_path_factory.mktemp("site") / "html"
    try:
        build(target)
    except NotHere as error:
        needs.missing(str(error))
    return target


def pages(site: Path) -> Iterator[Path]:
    """All pages."""
    yield from sorted(site.rglob("*.html"))


def test_every_page_of_the_docs_is_on_it(site: Path) -> None:
    """And those of the project; each is in the navigation of the first."""
    wanted = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    wanted = {name for name in wanted if not name.startswith("changes/")} - {"README.html"}
    project = {"readme", "contributing", "changes", "news-fragments"}
    named = {link for tag, link in parsed(site / "index.html").links if tag == "a"}
    assert wanted | {f"project/{name}.html" for name in project} <= named
    made = {path.relative_to(site).as_posix() for path in pages(site)} - {"index.html", "search.html"}
    assert made == wanted | {f"project/{name}.html" for name in project}


def test_every_link_leads_somewhere(site: Path) -> None:
    """Each `href` and `src`: the file is there, and so is what it leads to in it."""
    checked = 0
    for path in pages(site):
        for _, link in parsed(path).links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_relative_to(site), f"{path.relative_to(site)}: {link}"
            assert target.is_file(), f"{path.relative_to(site)}: {link}"
            if parts.fragment and target.suffix == ".html":
                assert unquote(parts.fragment) in parsed(target).anchors, f"{path.relative_to(site)}: {link}"
            checked += 1
    assert checked > 2000


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No font, script, style or picture of others: neither by a page nor by a style."""
    for path in pages(site):
        for tag, link in parsed(path).links:
            assert tag not in LOADED or not urlsplit(link).netloc, f"{path.relative_to(site)}: {link}"
    for path in site.rglob("*.css"):
        for link in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s]+)", path.read_text(encoding="utf-8")):
            assert not urlsplit(link).netloc, f"{path.name}: {link}"


def test_every_picture_of_a_page_is_on_it(site: Path) -> None:
    """In the light that the reader has chosen, where there is one of each."""
    shown = {Path(link).name for path in pages(site) for tag, link in parsed(path).links if tag == "img"}
    for path in (ROOT / "docs").rglob("*.md"):
        for name in re.findall(r"!\[[^\]]*\]\(\.\./images/([^)]+)\)", path.read_text(encoding="utf-8")):
            assert name in shown
            assert name.replace("-light.", "-dark.") in shown


async def test_it_is_searched_without_a_server(site: Path, tab: Tab) -> None:
    """From the disk, as from anywhere: what is looked for is found, and the browser asks nobody for anything."""
    await tab.goto(f"{(site / 'search.html').as_uri()}?q=orchestrator")
    await tab.until("document.querySelectorAll('#search-results li a').length > 3")
    found = await tab.evaluate("[...document.querySelectorAll('#search-results li a')].map((one) => one.href)")
    assert any("replace-the-old-agent.html" in one for one in found)
    assert [one for one in tab.requests if urlsplit(one).scheme not in {"file", "data"}] == []
    assert tab.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_it_fits_and_shows_its_pictures(site: Path, tab: Tab, scheme: str, width: int) -> None:
    """On a phone and a desk, in light and in dark: nothing is wider than the window, and each picture is whole."""
    await tab.size(width, 900, phone=width < 600)
    await tab.prefer(prefers_color_scheme=scheme)
    for name in ("index.html", "how-to/use-the-page.html", "reference/settings.html", "reference/limits.html"):
        await tab.goto((site / name).as_uri())
        await tab.until(f"document.readyState === 'complete' && location.href.endsWith({name!r})")
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    await tab.goto((site / "how-to/use-the-page.html").as_uri())
    await tab.until("document.querySelectorAll('article img').length && document.readyState === 'complete'")
    shown = await tab.until(
        "((all) => all.every((one) => one.complete) && all.map((one) => [one.src, one.naturalWidth]))"
        "([...document.querySelectorAll('article img')].filter((one) => one.checkVisibility()))"
    )
    assert len(shown) > 5
    assert all(size > 0 for _, size in shown)
    assert sum(f"-{scheme}." in source for source, _ in shown) > 5
    assert tab.problems == []


WRONG = {
    "how-to/torture.md": "See [this](nowhere.md).",
    "how-to/tokens.md": "See [this](../index.md#no-such-heading).",
    "how-to/recover.md": "# One\n\n### Three",
    "how-to/back-up.md": "```nolanguage\nx\n```",
}
"""A link that leads nowhere, one to a heading that is not there, a level that is left out, code in no language."""


def test_what_is_wrong_with_a_page_is_an_error(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is named with its page; what was built before stays."""

    def write(root: Path, target: Path, repository: str = "") -> None:
        write_sources(root, target, repository)
        for page, text in WRONG.items():
            with (target / page).open("a", encoding="utf-8") as file:
                file.write(f"\n\n{text}\n")

    assert site.exists()
    monkeypatch.setattr("tests.house.site.write_sources", write)
    (tmp_path / "kept").write_text("of before")
    with pytest.raises(BuildFailed) as caught:
        build(tmp_path)
    for page in WRONG:
        assert page in str(caught.value)
    assert (tmp_path / "kept").read_text() == "of before"


def test_a_file_that_is_no_page_is_a_link_into_the_repository(tmp_path: Path) -> None:
    """Where that can be seen; otherwise its words alone. What is code stays as it is, and what leads nowhere, too."""
    (tmp_path / "docs" / "changes").mkdir(parents=True)
    (tmp_path / "docs" / "images").mkdir()
    for name in ("README.md", "CONTRIBUTING.md", "docs/changes/README.md"):
        (tmp_path / name).write_text("# Title\n")
    (tmp_path / "docs" / "README.md").write_text("# T\n\n**Tutorial**:\n\n- [A](a/b.md)\n")
    (tmp_path / "docs" / "changes" / "7.fixed.md").write_text("It works.\n")
    (tmp_path / "docs" / "a").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "x.py").touch()
    text = (
        "[code](../../app/x.py) [one](../README.md) [c](../../CONTRIBUTING.md#x) [gone](gone.md) ![p](../images/p.jpg)"
    )
    (tmp_path / "docs" / "a" / "b.md").write_text(f"{text}\n\n```sh\n[code](../../app/x.py)\n```\n")
    for repository, link in (("", "code"), ("https://x.org/y/", "[code](https://x.org/y/blob/main/app/x.py)")):
        target = tmp_path / f"made-{len(repository)}"
        write_sources(tmp_path, target, repository)
        first, _, code = (target / "a" / "b.md").read_text().partition("\n\n")
        assert (
            first
            == f"{link} [one](../index.md) [c](../project/contributing.md#x) [gone](gone.md) ![p](../images/p.jpg)"
        )
        assert "[code](../../app/x.py)" in code
        assert "### Fixed\n\n- It works." in (target / "project" / "changes.md").read_text()
        assert ":caption: Tutorial\n\na/b\n" in (target / "index.md").read_text()
    assert sources_module.INDEX in sources_module.PAGES


def test_the_command_says_where_it_is_or_what_is_wrong(site: Path, tmp_path: Path) -> None:
    """`./run site DIR`."""
    assert site.exists()
    command = [sys.executable, "-m", "tests.house.site", str(tmp_path / "made")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "made" / "index.html") in done.stderr
    assert (tmp_path / "made" / "index.html").is_file()
