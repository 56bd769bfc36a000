"""The reference lists what the code has."""

from pathlib import Path

import pytest

from tests.house.reference import TABLES, rendered


@pytest.mark.parametrize("path", rendered(), ids=lambda path: path.name)
def test_the_generated_tables_are_up_to_date(path: Path) -> None:
    """After a change of a setting or an exit code: `./run docs`."""
    assert path.read_text(encoding="utf-8") == rendered()[path], "./run docs writes it"


def test_every_marker_has_its_table() -> None:
    """A marker that nothing fills would stay as it is for ever."""
    for path, text in rendered().items():
        for line in text.splitlines():
            if line.startswith("<!-- begin: "):
                assert Path(TABLES[line[len("<!-- begin: ") : -len(" -->")]][0]).name == path.name
