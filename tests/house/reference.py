"""The tables of the reference that come from the code; `./run docs` writes them, and a test compares them."""

import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import get_args

from pydantic.fields import ModelField

from app.settings import PREFIX, Settings
from client.exits import MEANINGS
from tests.house.project import ROOT

REFERENCE = ROOT / "docs" / "reference"


def settings_table() -> str:
    """Each setting: its variable, its default, its bounds and what it is for."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field)} | {_bounds(field)} | {field.field_info.description} |"
        for name, field in Settings.__fields__.items()
    ]
    return "\n".join(["| variable | default | allowed | what it is |", "|---|---|---|---|", *rows])


def exit_codes_table() -> str:
    """Each exit code and its meaning."""
    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def _default(field: ModelField) -> str:
    """A default as it would be written in the variable."""
    if field.name == "data_dir":
        return "`$XDG_STATE_HOME/callboard`"
    value = field.default
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _bounds(field: ModelField) -> str:
    """What values are taken, when that is bounded."""
    choices = [argument for argument in get_args(field.outer_type_) if isinstance(argument, str)]
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    info = field.field_info
    words = [(info.gt, "more than"), (info.ge, "from"), (info.lt, "less than"), (info.le, "to")]
    said = [
        f"{word} {bound:g}" if isinstance(bound, float) else f"{word} {bound}"
        for bound, word in words
        if bound is not None
    ]
    if info.min_length:
        said.append(f"{info.min_length} characters or more")
    return " ".join(said)


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("settings.md", settings_table),
    "exit codes": ("exit-codes.md", exit_codes_table),
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
