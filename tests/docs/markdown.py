"""What the tests read from a page: its tables, its code, its sections."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from tests.house.project import ROOT

DOCS = ROOT / "docs"
_ROW = re.compile(r"^\|(.*)\|$")


@dataclass(frozen=True)
class Block:
    """A piece of code in a page.

    Attributes:
        language: As it says.
        text: Without its fences.
    """

    language: str
    text: str


def read(page: str) -> str:
    """The text of a page, named from the docs' folder."""
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[Block]:
    """The pieces of code in these languages, in order; those in lists too, without what they are indented by."""
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [Block(language, dedent(code)) for _, language, code in found if language in languages]


def section(text: str, title: str) -> str:
    """What stands under a heading, to the next one of its level or above."""
    match = re.search(rf"^(#+) {re.escape(title)}\n", text, re.MULTILINE)
    assert match is not None, title
    rest = text[match.end() :]
    following = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def rows(text: str) -> list[list[str]]:
    """The rows of all tables in a text, each as its cells; titles and rules are left out."""
    found: list[list[str]] = []
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""]):
        match = _ROW.match(line)
        if match and not set(line) <= set("|-") and not (following and set(following) <= set("|-")):
            found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", match[1])])
    return found


def codes(text: str) -> list[str]:
    """What stands in back quotes, in order."""
    return re.findall(r"`([^`]+)`", text)


def path_of(page: str) -> Path:
    """Where a page is."""
    return DOCS / page
