"""The reference of limits has each bound of the code, with its value."""

import importlib
import inspect
import re
from dataclasses import MISSING, fields
from typing import Any

import pytest

from actors.builds import line
from actors.builds.transform import copying
from actors.janitor import Retention
from actors.jobs.imagecheck.decoder import CheckLimits
from actors.processes.sandbox.limits import Limits, TreeLimits
from actors.runs import actor
from actors.runtime.topic import TailLimits
from app.front.limits import FrontLimits
from app.uploads.upload import UploadLimits
from tests.docs.markdown import read, rows, section

UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "s": 1, "": 1}
SECTIONS = {
    FrontLimits: ("Connections", "Streams"),
    UploadLimits: ("Uploads",),
    CheckLimits: ("Checking photos",),
    TailLimits: ("Events in memory",),
    Retention: ("Retention",),
    Limits: ("A process tree",),
    TreeLimits: ("A sandboxed tree",),
    copying.Limits: ("An app on its way to the workspace",),
    line.Limits: ("Messages to the orchestrator",),
}
PAGE = read("reference/limits.md")
OTHERS = ("Builds", "Messages to the orchestrator", "Everything else")


def value_of(text: str) -> object:
    """A value as it is written in the table."""
    if text in {"", "off"}:
        return {"": None, "off": False}[text]
    match = re.fullmatch(r"([\d.]+) ?(KiB|MiB|GiB|s|)", text)
    assert match is not None, text
    return float(match[1]) * UNITS[match[2]]


def find(path: str) -> Any:
    """What `package.module.NAME` or `package.module.callable(parameter)` is."""
    match = re.fullmatch(r"([\w.]+?)((?:\.[A-Z]\w*)*)\.(\w+)(?:\((\w+)\))?", path)
    assert match is not None, path
    found: Any = importlib.import_module(match[1])
    for name in (*match[2].split(".")[1:], match[3]):
        found = getattr(found, name)
    return inspect.signature(found).parameters[match[4]].default if match[4] else found


@pytest.mark.parametrize("kind", SECTIONS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_bound_is_listed_with_its_value(kind: type[Any]) -> None:
    """And with one outcome; nothing is listed that is not there."""
    found = [row for title in SECTIONS[kind] for row in rows(section(PAGE, title))]
    listed = {row[0].strip("`"): row for row in found if "." not in row[0]}

    assert list(listed) == [field.name for field in fields(kind)]
    for field in fields(kind):
        default = None if field.default is MISSING else field.default
        assert value_of(listed[field.name][1]) == default, field.name
        assert all(listed[field.name][2:]), field.name


@pytest.mark.parametrize(
    "row", [row for title in OTHERS for row in rows(section(PAGE, title)) if "." in row[0]], ids=lambda row: row[0]
)
def test_every_other_bound_has_its_value(row: list[str]) -> None:
    """It is found by its path."""
    assert value_of(row[1]) == find(row[0].strip("`"))
    assert all(row)


def test_what_is_written_in_the_code_alone_is_said_right() -> None:
    """Numbers that have no name."""
    assert "Mailbox(record.id, 64)" in inspect.getsource(actor)


def test_settings_that_are_named_exist() -> None:
    """A setting that is renamed is renamed here."""
    from app.settings import Settings

    named = re.findall(r"setting `(\w+)`", PAGE)
    assert named
    assert set(named) <= set(Settings.__fields__)
