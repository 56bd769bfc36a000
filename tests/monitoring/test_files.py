"""The files for monitoring: read by the programs that they are for, and about metrics that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.metrics.table import SPECS
from tests.docs.markdown import read, rows, section
from tests.monitoring.files import ALERTS, FOLDER, NAMES, config, dashboard, hurried, panels
from tests.monitoring.prometheus import promtool

OTHERS = {"up", "ALERTS"}
"""Series that are Prometheus' own."""

PROCESS = {
    "process_start_time_seconds",
    "process_open_fds",
    "process_max_fds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "python_gc_collections_total",
}
"""Series of prometheus-client."""


def series() -> "set[str]":
    """What a server's own metrics are called as series."""
    found: set[str] = set()
    for spec in SPECS:
        if spec.kind == "histogram":
            found |= {f"{spec.name}_{part}" for part in ("bucket", "count", "sum")}
        else:
            found.add(f"{spec.name}_total" if spec.kind == "counter" else spec.name)
    return found


def named(text: str) -> Iterator[str]:
    """The series that an expression names."""
    yield from re.findall(r"\b(?:callboard|process|python)_[a-z_]+\b", re.sub(r'"[^"]*"', "", text))


@pytest.mark.real
def test_the_rules_are_rules() -> None:
    """For the real `promtool`, as they are and hurried."""
    done = promtool("check", "rules", "alerts.yml", folder=FOLDER)
    assert done.returncode == 0, done.stderr
    assert f"{len(NAMES)} rules found" in done.stdout


@pytest.mark.real
def test_the_configuration_is_one(tmp_path: Path) -> None:
    """With the token's file in its place, and the hurried rules."""
    place = config(tmp_path, ["127.0.0.1:1", "127.0.0.1:2"], "secret")
    done = promtool("check", "config", place.name, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(NAMES)} rules found" in done.stdout
    assert place.read_text(encoding="utf-8").count("127.0.0.1:") == 2


def test_a_second_for_a_minute() -> None:
    """And what is no time to be waited for stays."""
    quick = hurried(ALERTS)
    assert not re.findall(r"\d+m\b", quick)
    assert hurried("for: 5m\nrate(x[15m]) offset 10m") == "for: 5s\nrate(x[15s]) offset 10s"
    assert hurried("expr: a_seconds > 900\n") == "expr: a_seconds > 15\n"
    assert hurried("expr: x) > 0.5") == "expr: x) > 0.5"
    assert quick.count("> 0.5") == ALERTS.count("> 0.5")


def test_alerts_are_about_series_that_there_are() -> None:
    """Each of them names at least one, and none that a server does not have."""
    expressions = re.split(r"^ +- alert: \w+$", ALERTS, flags=re.MULTILINE)[1:]
    for name, text in zip(NAMES, expressions):
        found = set(named(text.partition("annotations:")[0])) - {"process_"}
        assert found <= series() | PROCESS, name
        assert found or "up{" in text, name


def test_alerts_say_what_to_do() -> None:
    """Each has a severity, a line that says what is wrong, and some that say what to do."""
    for part in re.split(r"^ +- alert: ", ALERTS, flags=re.MULTILINE)[1:]:
        assert re.search(r"severity: (critical|warning)\n", part), part
        assert re.search(r'summary: ".{20,}"\n', part), part
        assert len(part.partition("description: >-")[2].split()) > 25, part


def test_the_how_to_has_each_alert() -> None:
    """In the order of the rules."""
    listed = [row[0].strip("`") for row in rows(section(read("how-to/monitor.md"), "What the alerts mean"))]
    assert listed == NAMES


def test_the_dashboard_is_about_series_that_there_are() -> None:
    """In each query of each panel."""
    for panel in panels():
        for target in panel["targets"]:
            found = set(named(target["expr"]))
            assert found <= series() | PROCESS, panel["title"]
            assert found or "up{" in target["expr"], panel["title"]


def test_each_metric_is_on_the_dashboard() -> None:
    """What nobody would ever look at need not be counted."""
    shown = {name for panel in panels() for target in panel["targets"] for name in named(target["expr"])}
    for spec in SPECS:
        parts = {f"{spec.name}_bucket", f"{spec.name}_total", spec.name}
        assert parts & shown, spec.name


def test_panels_can_be_read() -> None:
    """A title, words, a unit and a place of its own for each; one source of data, which is chosen above."""
    places: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["title"]
        assert len(panel["description"]) > 15
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all(target["legendFormat"] for target in panel["targets"])
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not places & cells, panel["title"]
        places |= cells
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])
    assert [one["name"] for one in dashboard()["templating"]["list"]] == ["datasource", "instance"]
