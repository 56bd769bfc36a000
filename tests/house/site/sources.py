"""Puts the pages of the repository in place for Sphinx: the same text, with links that lead to where pages are then.

`docs/README.md` is the site's index, and what it lists is the navigation. What is a file of the repository and no page
is a link into the repository, or without one its name alone.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

INDEX: Final = "docs/README.md"

PAGES: Final[Mapping[str, str]] = {
    INDEX: "index.md",
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "docs/changes/README.md": "project/news-fragments.md",
}
"""Pages that are elsewhere on the site than in `docs`."""

CHANGES: Final = "project/changes.md"
PROJECT: Final = (
    "What Callboard is <project/readme>",
    "project/changes",
    "project/contributing",
    "project/news-fragments",
)
"""The last part of the navigation: what is not in `docs`, or not in the index."""

KINDS: Final = ("added", "changed", "deprecated", "removed", "fixed", "security")
"""Of news fragments, in the order of a changelog."""

_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE: Final = re.compile(r"^( *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_PART: Final = re.compile(r"^\*\*([\w-]+)\*\*", re.MULTILINE)


def write_sources(root: Path, target: Path, repository: str = "") -> None:
    """Write all pages with their pictures.

    Args:
        root: Of the repository.
        target: A directory that is not there yet.
        repository: Where the repository can be seen; empty where that is not known.
    """
    site = _Site(root, target, repository)
    for name in site.pages:
        text = (root / name).read_text(encoding="utf-8")
        site.write(site.pages[name], site.turned(text, name) + (navigation(text) if name == INDEX else ""))
    site.write(CHANGES, changes(root))


def navigation(index: str) -> str:
    """Make the site's navigation of what the index lists, a part each, and of the project's own pages."""
    parts = re.split(_PART, index)[1:]
    trees = {
        name: [link[3].removesuffix(".md") for link in _LINK.finditer(text)]
        for name, text in zip(parts[::2], parts[1::2])
    }
    trees["Project"] = list(PROJECT)
    return "".join(
        "\n".join(["", "```{toctree}", ":hidden:", f":caption: {name}", "", *pages, "```", ""])
        for name, pages in trees.items()
    )


def changes(root: Path) -> str:
    """Make a page of the changes: those that are not released yet, and those of the changelog."""
    parts = ["# Changes\n"]
    fragments = {kind: sorted((root / "docs" / "changes").glob(f"*.{kind}.md"), key=_age) for kind in KINDS}
    if any(fragments.values()):
        parts.append("## Not released yet\n")
    for kind, paths in fragments.items():
        lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if lines:
            parts.append(f"### {kind.capitalize()}\n\n" + "\n".join(f"- {line}" for line in lines) + "\n")
    log = root / "CHANGELOG.md"
    if log.exists():
        parts.append(re.sub(r"^# .*\n", "", log.read_text(encoding="utf-8")))
    return "\n".join(parts)


def _age(path: Path) -> tuple[int, str]:
    """The newest issue comes first."""
    number = re.match(r"\d+", path.name)
    return (-int(number[0]) if number else 0, path.name)


class _Site:
    """Where the pages of the repository are on the site."""

    def __init__(self, root: Path, target: Path, repository: str) -> None:
        self._root = root
        self._target = target
        self._repository = repository.rstrip("/")
        self.pages = dict(_pages(root))

    def write(self, name: str, text: str) -> None:
        """Write a page."""
        path = self._target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def turned(self, text: str, name: str) -> str:
        """The text of a page with its links as they are on the site; what is code stays."""
        pieces = _FENCE.split(text)
        pieces[::2] = [_LINK.sub(lambda link: self._link(link, name), piece) for piece in pieces[::2]]
        return "".join(pieces)

    def _link(self, link: "re.Match[str]", page: str) -> str:
        picture, words, address = link.groups()
        if re.match(r"[a-z]+:|#", address):
            return link[0]
        path, _, anchor = address.partition("#")
        named = os.path.normpath(PurePosixPath(page).parent / path)
        if named in self.pages:
            there = os.path.relpath(self.pages[named], PurePosixPath(self.pages[page]).parent)
            return f"[{words}]({there}{'#' if anchor else ''}{anchor})"
        if not (self._root / named).exists():
            return link[0]  # Sphinx says that it leads nowhere
        if named.startswith("docs/images/"):
            return self._picture(picture, words, named, page)
        if self._repository:
            return f"[{words}]({self._repository}/blob/main/{named})"
        return words

    def _picture(self, picture: str, words: str, named: str, page: str) -> str:
        """A picture, or a link to one. Where there is another of it in dark, each is shown in its own light."""
        if not picture:
            return f"[{words}]({self._copied(named, page)})"
        dark = named.replace("-light.", "-dark.")
        if dark == named or not (self._root / dark).exists():
            return f"![{words}]({self._copied(named, page)})"
        each = ((named, "only-light"), (dark, "only-dark"))
        return " ".join(f"![{words}]({self._copied(name, page)}){{.{kind}}}" for name, kind in each)

    def _copied(self, name: str, page: str) -> str:
        there = PurePosixPath(name).relative_to("docs")
        (self._target / there).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._root / name, self._target / there)
        return os.path.relpath(there, PurePosixPath(self.pages[page]).parent)


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    """Each page of the repository, and where it is on the site."""
    yield from PAGES.items()
    for path in sorted((root / "docs").rglob("*.md")):
        name = path.relative_to(root).as_posix()
        if name not in PAGES and path.parent.name != "changes":
            yield name, path.relative_to(root / "docs").as_posix()
