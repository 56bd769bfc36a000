"""The reference of errors has each class of the tree and each code, with what to do; `./run docs` writes its tables."""

import re

import pytest

from actors.projects.generators.claude.explanations import CODES
from app.errors import STATUS_OF
from tests.docs.errors import (
    ELSEWHERE,
    TO_DO,
    WORDS,
    answers_table,
    codes_table,
    error_classes,
    found_codes,
    results_table,
)
from tests.docs.markdown import read, rows
from tests.house.project import ROOT

PAGE = read("reference/errors.md")


def test_each_class_is_listed_once() -> None:
    """As an answer, or as a result."""
    listed = [row[0].strip("`") for row in rows(answers_table()) + rows(results_table())]
    assert sorted(listed) == sorted(error_classes())
    assert all(f"| `{name}` |" in PAGE for name in listed)
    assert {kind.__name__ for kind in STATUS_OF} <= set(listed) - set(ELSEWHERE)


@pytest.mark.parametrize("table", [answers_table, results_table, codes_table])
def test_nothing_is_without_words(table: object) -> None:
    """What it means, what becomes of it, and what to do."""
    assert callable(table)
    for row in rows(str(table())):
        assert all(row), row
        assert "{" not in "".join(row), row


def test_words_are_for_what_there_is() -> None:
    """A class or a code that is gone has none any more; one with a hint of its own needs none."""
    classes = error_classes()
    assert set(TO_DO) | set(ELSEWHERE) <= set(classes)
    assert not [name for name in TO_DO if classes[name].usual_hint]
    assert set(WORDS) <= {code for _, code in found_codes()}


def test_each_code_is_found() -> None:
    """Those that are raised as words, those of photos, those of the agent; none that a page names is missing."""
    found = {code for _, code in found_codes()}
    assert set(CODES) < found
    assert {
        "exec",
        "asked_to_fail",
        "too_few_photos",
        "disk_full",
        "no_such_generator",
        "reconstruction_failed",
    } <= found
    for page in (ROOT / "docs").rglob("*.md"):
        for code in re.findall(r"`failed` with `(\w+)`", page.read_text(encoding="utf-8")):
            assert code in found, f"{page.name}: {code}"
