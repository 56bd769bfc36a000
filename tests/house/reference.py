"""Writes the tables of the reference that come from the code: `./run docs`; a test compares them."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.docs import errors, metrics, tables
from tests.house.project import ROOT
from tests.threats.table import sections

REFERENCE = ROOT / "docs" / "reference"

TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("settings.md", tables.settings_table),
    "exit codes": ("exit-codes.md", tables.exit_codes_table),
    "commands": ("cli.md", tables.commands_table),
    "common options": ("cli.md", tables.common_options_table),
    "each command": ("cli.md", tables.commands_sections),
    "engines": ("engines.md", tables.engines_sections),
    "metrics": ("metrics.md", metrics.own_table),
    "labels": ("metrics.md", metrics.labels_table),
    "metrics of the process": ("metrics.md", metrics.process_table),
    "answers": ("errors.md", errors.answers_table),
    "results": ("errors.md", errors.results_table),
    "codes": ("errors.md", errors.codes_table),
    "threats": ("../discussion/threats.md", sections),
}
"""By the name in the page's markers: the page, and what makes the table."""


def with_table(page: str, name: str, table: str) -> str:
    """A page with the text between its markers replaced.

    Raises:
        ValueError: The page has no such markers.
    """
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no markers for {name}")
    return pattern.sub(lambda _: f"{begin}\n{table}\n{end}", page)


def rendered() -> dict[Path, str]:
    """Each page with generated tables, as it should be."""
    pages: dict[Path, str] = {}
    for name, (file, table) in TABLES.items():
        path = REFERENCE / file
        pages[path] = with_table(pages.get(path) or path.read_text(encoding="utf-8"), name, table())
    return pages


if __name__ == "__main__":
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")
