"""What can be asked for, and what is said when it cannot be measured."""

import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import __main__ as command
from tests.bench.cases.base import Case, run_case
from tests.bench.cases.table import all_cases
from tests.bench.figures import Values
from tests.bench.ground import HERE, Ground
from tests.bench.sides import CALLBOARD, PEER, Side
from tests.house.project import ROOT


def counting(seen: list[tuple[str, int]]) -> Case:
    """A case that notes who was measured when."""

    def measure(ground: Ground, side: Side, number: int) -> Values:
        del ground
        seen.append((side.name, number))
        return {"cpu": 1.0 if side.ours else 2.0}

    return Case("counting", "counting", "a unit", measure, ("cpu",), servers=False)


def test_sides_take_turns(tmp_path: Path) -> None:
    """One round that is not counted, and then each in turn, the other one first each time."""
    seen: list[tuple[str, int]] = []
    result = run_case(counting(seen), Ground(tmp_path, Path(), rounds=3))
    ours, theirs = CALLBOARD, PEER
    turns = [(ours, 1), (theirs, 1), (theirs, 2), (ours, 2), (ours, 3), (theirs, 3)]
    assert seen == [(ours, 0), (theirs, 0), *turns]
    assert result.ratios(PEER, "cpu") == [2.0, 2.0, 2.0]


def test_every_case_can_be_named_and_says_what_it_does() -> None:
    """Names are those of the command line; each tells something, and has our side."""
    for name, case in all_cases().items():
        assert name == case.name.strip()
        assert " " not in name
        assert case.about
        assert case.unit
        assert case.tells
        assert case.sides[0] == CALLBOARD


def test_the_docs_tell_of_every_case() -> None:
    """By the beginning of its name."""
    text = (ROOT / "docs" / "discussion" / "speed.md").read_text(encoding="utf-8")
    [paragraph] = re.findall(r"\*\*What is measured\*\*(.*?)\n\n", text, re.DOTALL)
    beginnings = tuple(re.findall(r"`([a-z-]+)`", paragraph))
    assert all(name.startswith(beginnings) for name in all_cases())
    assert all(any(name.startswith(one) for name in all_cases()) for one in beginnings)


def test_a_case_that_there_is_not(caplog: pytest.LogCaptureFixture) -> None:
    """It is said which there are."""
    caplog.set_level(logging.ERROR)
    assert command.main(["never"]) == 2
    assert "There is no never. What there is: health-1, " in caplog.text


def test_a_case_that_fails_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the exit status says that not everything was measured."""

    def broken(ground: Ground, side: Side, number: int) -> Values:
        raise RuntimeError(f"{ground}, {side}, {number}")

    good, bad = counting([]), Case("bad", "bad", "a unit", broken, ("cpu",), servers=False)
    monkeypatch.setattr(command, "all_cases", lambda: {"bad": bad, "counting": good})
    file = tmp_path / "found.json"
    assert command.main(["--peer", "/nowhere", "--folder", str(tmp_path), "--json", str(file), "--rounds", "2"]) == 1
    assert [one["case"] for one in json.loads(file.read_text())["results"]] == ["counting"]


def test_what_was_measured_is_told_and_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """From the file that a run wrote, with its conditions; nothing is measured."""
    caplog.set_level(logging.INFO)
    grown = [replace(counting([]), name=f"fanout-flat-{size}", size=size) for size in (1, 10)]
    monkeypatch.setattr(command, "all_cases", lambda: {case.name: case for case in (*grown, counting([]))})
    file, plots = tmp_path / "found.json", tmp_path / "plots"
    assert command.main(["--peer", "/nowhere", "--folder", str(tmp_path), "--json", str(file), "--rounds", "2"]) == 0
    monkeypatch.setattr(command, "run_case", None)
    caplog.clear()
    assert command.main(["--from", str(file), "--page", "--plots", str(plots)]) == 0
    assert "| fanout-flat-10, a unit | cpu | 1 s | peer | 2 s | 2.00 / 2.00 / 2.00 |" in caplog.text
    conditions = json.loads(file.read_text(encoding="utf-8"))["conditions"]
    assert conditions in caplog.text
    assert re.match(r"\d{4}-\d\d-\d\d; 2 rounds; ", conditions)
    assert conditions in (plots / "speed-fanout.svg").read_text(encoding="utf-8")
    assert command.main(["never", "--from", str(file)]) == 2
    for wrong in (tmp_path / "missing.json", Path(__file__)):
        assert command.main(["--from", str(wrong)]) == 2
        assert f"{wrong} is nothing that --json wrote" in caplog.text


def test_what_needs_more_open_files_than_there_may_be_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said what it needs and what there is; the others are measured, and nothing went wrong."""
    crowd = replace(counting([]), name="crowd", connections=10_000)
    monkeypatch.setattr(command, "all_cases", lambda: {"crowd": crowd, "counting": counting([])})
    monkeypatch.setattr(command, "descriptors", lambda: 4096)
    file = tmp_path / "found.json"
    assert command.main(["--peer", "/nowhere", "--folder", str(tmp_path), "--json", str(file), "--rounds", "1"]) == 0
    assert [one["case"] for one in json.loads(file.read_text())["results"]] == ["counting"]
    assert "crowd is left out: it needs 10200 open files, and 4096 are allowed here" in caplog.text
    assert "ulimit -Hn 10200" in caplog.text


def test_the_peers_lock_is_exact() -> None:
    """Each wish is pinned, each pin has hashes, and no address is named."""
    text, wishes = ((HERE / name).read_text(encoding="utf-8") for name in ("peer.lock", "peer.in"))
    assert "://" not in text
    pins = [line for line in text.splitlines() if not line.startswith(" ")]
    assert all(re.match(r"[A-Za-z0-9._-]+==[^*\s]+( ; .+)? \\$", pin) for pin in pins)
    hashes = [line.strip(" \\") for line in text.splitlines() if line.startswith(" ")]
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)
    assert len(hashes) >= len(pins)
    for wish in wishes.split():
        assert f"{wish.replace('[standard]', '')} " in text
