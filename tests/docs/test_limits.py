"""The reference of limits has each bound of the code, with its value."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from actors.builds import line
from actors.builds.transform import copying
from actors.janitor import Retention
from actors.jobs.imagecheck.decoder import CheckLimits
from actors.processes.sandbox.confinement import Confinement
from actors.processes.sandbox.limits import Limits, TreeLimits
from actors.projects.base import ProjectSettings
from actors.projects.devserver.settings import ServerSettings
from actors.projects.egress.limits import EgressLimits
from actors.projects.files.archive import ArchiveLimits
from actors.projects.home.settings import HomeSettings
from actors.projects.tools.table import make_tools
from actors.projects.versions import scan
from actors.projects.versions.difference import DiffLimits
from actors.runs import actor, service
from actors.runtime.topic import TailLimits
from app.contracts.projects.present import _LISTED_PROMPT
from app.contracts.projects.shapes import LogQuery
from app.front.limits import FrontLimits
from app.preview.settings import PreviewSettings
from app.uploads.upload import UploadLimits
from tests.docs.markdown import read, rows, section
from tests.house.project import ROOT

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
    ProjectSettings: ("Projects",),
    ArchiveLimits: ("Files of a project",),
    scan.Limits: ("Versions of a project",),
    DiffLimits: ("A difference between versions",),
    HomeSettings: ("Commands and installs",),
    EgressLimits: ("The way out of a project",),
    ServerSettings: ("Dev servers",),
    PreviewSettings: ("Previews",),
}
NO_BOUNDS = {
    ProjectSettings: {"root", "page", "base", "lowest"},
    HomeSettings: {"highest", "lowest", "hosts", "networks", "scripts", "tree", "egress"},
    ServerSettings: {"tree"},
    PreviewSettings: {"mode", "domain", "ports", "bind"},
}
"""Fields that bound nothing by themselves."""

AS_USED = {EgressLimits: HomeSettings().egress}
"""Bounds that are others where they are used."""

PAGE = read("reference/limits.md")
LISTED = [row for row in rows(PAGE) if "." in row[0]]

GUARDED = ("actors/projects", "actors/processes/sandbox", "app/preview", "app/contracts/projects")
"""Where each number that has a name is a bound, unless it is said here that it is none."""

NONE = {
    *("CHUNK", "READ", "_CHUNK", "_FORMAT", "_MODE", "_PROGRAM", "_PLAIN", "_UNIX", "_PAUSE_S", "CONTEXT", "SLACK_NS"),
    *(
        "DEFAULT_PAGE",
        "_DIRECTORY",
        "_FILE",
        "FILE_MODE",
        "DIRECTORY_MODE",
        "_PROBE",
        "ROOM",
        "MARGIN",
        "HEAD",
        "SHELL",
    ),
    *("PORT", "EGRESS_PORT", "SNIFF", "LINE_COST", "FIRST_PAUSE", "SLOWER", "ENOUGH", "_WORTH", "SETTLED_NS", "_LAST"),
    *("_YEAR", "_LOOK_SECONDS", "_HIGHEST", "_TOO_BIG", "_GONE", "BLOCK", "X32", "NAMESPACES", "FAST_OPEN", "KIND"),
    *("FIRST_RIGHTS", "MAKE_DEVICE", "HELD", "ALLOWED", "_LISTED_PROMPT"),
    *("actors.projects.files.archive.MAX_FILES", "actors.projects.files.archive.MAX_BYTES"),
    *("actors.projects.running.outputlog.MAX_LOG", "actors.projects.running.printed.AT_ONCE"),
    *("actors.projects.tools.cache.MAX_ENTRIES", "actors.projects.tools.cache.MAX_CHARACTERS"),
    *("actors.projects.generators.template.changing.MAX_WORDS", "actors.processes.sandbox.groups.PERIOD"),
    "actors.projects.tools.servers.START_SECONDS",
    *("LOOK_EVERY_S", "DISK_MB", "DOWNLOAD_MB", "SHOWN_FROM", "SIGN_LINES"),
}
"""Sizes of pieces, modes, ports, formats; and what is listed by the class or function that it is the default of."""


def value_of(text: str) -> object:
    """A value as it is written in the table."""
    if text in {"", "off"}:
        return {"": None, "off": False}[text]
    if ", " in text:
        return tuple(map(value_of, text.replace(" s", "").split(", ")))
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
    bounds = [field for field in fields(kind) if field.name not in NO_BOUNDS.get(kind, ())]

    assert list(listed) == [field.name for field in bounds]
    for field in bounds:
        default = None if field.default is MISSING else field.default
        used = getattr(AS_USED[kind], field.name) if kind in AS_USED else default
        assert value_of(listed[field.name][1]) == used, field.name
        assert all(listed[field.name][2:]), field.name


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row[0])
def test_every_other_bound_has_its_value(row: list[str]) -> None:
    """It is found by its path."""
    assert value_of(row[1]) == find(row[0].strip("`"))
    assert all(row)


def test_every_number_that_has_a_name_is_listed() -> None:
    """In the parts of the code that are guarded; a new one is a line on the page, or is said to be no bound."""
    named = {path for folder in GUARDED for path in numbers(ROOT / folder)}
    left_out = {path for path in named if path in NONE or path.rpartition(".")[2] in NONE}

    assert named - left_out - {row[0].strip("`") for row in LISTED} == set()
    assert NONE - left_out - {path.rpartition(".")[2] for path in left_out} == set()


def numbers(folder: Path) -> Iterator[str]:
    """The names of modules' numbers; programs for a sandbox, or for the SDK's environment, are not imported."""
    for file in folder.rglob("*.py"):
        ours = "inside" not in file.parts and file != ROOT / "actors/projects/generators/claude/worker.py"
        names = [name for name in constants(file) if ours]
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for name in names:
            value = getattr(importlib.import_module(module), name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield f"{module}.{name}"


def constants(file: Path) -> Iterator[str]:
    """The names that a module gives to what does not change."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper())


def test_every_tool_is_listed_with_its_time() -> None:
    """As the table of tools has them."""
    listed = [(row[0].strip("`"), float(row[1])) for row in rows(section(PAGE, "Tools")) if "." not in row[0]]

    assert listed == [(tool.name, tool.seconds) for tool in make_tools().values()]


def test_what_is_written_in_the_code_alone_is_said_right() -> None:
    """Numbers that have no name."""
    said = partial(re.search, string=PAGE)
    assert "Mailbox(record.id, 64)" in inspect.getsource(actor)
    assert "intensity=100, period=10.0" in inspect.getsource(service)
    assert Confinement(ROOT).limits == Limits(open_files=4096, file_size=2**30)
    assert said("may open 4096 files, and write 1 GiB to one")
    assert said(rf"answered; {_LISTED_PROMPT} in a list")
    assert said(rf"log` gives at most {LogQuery.__fields__['limit'].field_info.le} lines a page")


def test_settings_that_are_named_exist() -> None:
    """A setting that is renamed is renamed here."""
    from app.settings import Settings

    named = re.findall(r"setting `(\w+)`", PAGE)
    assert named
    assert set(named) <= set(Settings.__fields__)
