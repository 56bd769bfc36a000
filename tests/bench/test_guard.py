"""The guard finds what has become slower, and lets pass what was noise; planted figures, no measurement."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bench import __main__ as command
from tests.bench.cases.base import Case
from tests.bench.cases.table import all_cases
from tests.bench.figures import Result, Values
from tests.bench.floors import FLOORS, UNGUARDED, Floor
from tests.bench.ground import Ground
from tests.bench.guard import AGAIN, ROUNDS, guard
from tests.bench.sides import CALLBOARD, DURABLE, PEER, Side

_ROBUST = {"cpu", "family", "memory", "growth", "peak", "message", "waking", "spawn"}
"""Figures of processor time and memory."""

_TABLE = (Floor("quick", "cpu", 2.0), Floor("quick", "family", 1.0, DURABLE), Floor("small", "memory", 4.0))


def found(case: str, **ratios: Sequence[float]) -> Result:
    """A result with these ratios, of each figure and beside each side."""
    count = len(next(iter(ratios.values())))
    theirs: list[Values] = [{name: values[number] for name, values in ratios.items()} for number in range(count)]
    ours: list[Values] = [dict.fromkeys(ratios, 1.0)] * count
    return Result(case, case, "a unit", tuple(ratios), {CALLBOARD: ours, PEER: theirs, DURABLE: theirs})


@dataclass
class Planted:
    """Answers with figures that were made up, and notes what was asked for.

    Attributes:
        answers: For the first time, and for the second.
        asked: What was to be measured, and in how many rounds.
    """

    answers: Sequence[Sequence[Result]]
    asked: list[tuple[dict[str, list[str]], int]] = field(default_factory=list)

    def __call__(self, cases: Mapping[str, Sequence[str]], rounds: int) -> Mapping[str, Result]:
        """Answer."""
        self.asked.append(({case: list(sides) for case, sides in cases.items()}, rounds))
        return {result.case: result for result in self.answers[len(self.asked) - 1]}


def test_what_is_fast_enough_is_measured_once() -> None:
    """Each case once, beside all the sides that it has floors for; the median counts, not the worst round."""
    measure = Planted([[found("quick", cpu=[1.0, 2.0, 9.0], family=[1.5, 1.5, 1.5]), found("small", memory=[4.0] * 3)]])
    assert guard(_TABLE, measure) == []
    assert measure.asked == [({"quick": [PEER, DURABLE], "small": [PEER]}, ROUNDS)]


def test_noise_passes_when_it_is_measured_again() -> None:
    """Only the case that missed, beside whom it missed, with more rounds."""
    slow = [found("quick", cpu=[1.9, 1.0, 9.0], family=[1.5] * 3), found("small", memory=[4.0] * 3)]
    measure = Planted([slow, [found("quick", cpu=[2.0] * AGAIN)]])
    assert guard(_TABLE, measure) == []
    assert measure.asked[1] == ({"quick": [PEER]}, AGAIN)


def test_what_is_slower_is_missed_twice() -> None:
    """It is said which ratio, which floor, which rounds, and what to do; what is met is not spoken of."""
    slow = [found("quick", cpu=[0.5, 0.6, 0.7], family=[1.5] * 3), found("small", memory=[4.0] * 3)]
    [said] = guard(_TABLE, Planted([slow, [found("quick", cpu=[0.8] * 3 + [0.9] * 4)]]))
    assert "quick: the cpu of peer by Callboard's is 0.90, and has to be 2.00 at least" in said
    assert "rounds: 0.50 0.60 0.70, then 0.80 0.80 0.80 0.90 0.90 0.90 0.90" in said
    assert f"./run bench quick --rounds {AGAIN}" in said
    assert "tests/bench/floors.py" in said


def test_what_cannot_be_measured_is_no_pass() -> None:
    """Nor is it one when only the first try went wrong and the second is too slow."""
    good = found("small", memory=[5.0] * 3)
    [said] = guard(_TABLE[1:2], Planted([[], []]))
    assert said == "quick could not be measured: see above."
    assert guard(_TABLE[2:], Planted([[], [good]])) == []
    [slow] = guard(_TABLE[2:], Planted([[], [found("small", memory=[1.0] * 3)]]))
    assert "rounds: 1.00 1.00 1.00)" in slow


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: f"{floor.case}-{floor.figure}-{floor.side}")
def test_each_floor_is_of_a_quick_case_and_a_robust_figure(floor: Floor) -> None:
    """Which that case tells, beside a side that it has."""
    case = all_cases()[floor.case]
    assert not case.slow
    assert floor.figure in case.tells
    assert floor.side in case.sides[1:]
    assert floor.figure in _ROBUST
    assert floor.ratio > 0


def test_each_case_has_a_floor_or_a_reason() -> None:
    """One of both, and neither is of a case that there is no more; a reason is a sentence."""
    guarded = {floor.case for floor in FLOORS}
    assert not guarded & set(UNGUARDED)
    assert guarded | set(UNGUARDED) == set(all_cases())
    assert all(reason.endswith(".") and len(reason) > 20 for reason in UNGUARDED.values())


def test_the_table_has_no_floor_twice() -> None:
    """The one would hide the other."""
    named = [(floor.case, floor.figure, floor.side) for floor in FLOORS]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(("costs", "code"), [([1.0], 0), ([3.0], 1), ([3.0] * (2 + 2 * ROUNDS) + [1.0], 0)])
def test_the_command_fails_for_a_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, costs: list[float], code: int
) -> None:
    """A real run of the guard, of a case whose figures are planted: ahead, behind, and behind at first only."""
    caplog.set_level(logging.INFO)
    left = list(costs)

    def measure(ground: Ground, side: Side, number: int) -> Values:
        del ground, number
        cost = left.pop(0) if len(left) > 1 else left[0]
        return {"cpu": cost if side.ours else 2.0}

    case = Case("planted", "planted", "a unit", measure, ("cpu",), servers=False)
    monkeypatch.setattr(command, "all_cases", lambda: {"planted": case})
    monkeypatch.setattr(command, "FLOORS", (Floor("planted", "cpu", 1.5),))
    assert command.main(["--guard", "--peer", "/nowhere", "--folder", str(tmp_path)]) == code
    assert ("has to be 1.50 at least" in caplog.text) == bool(code)
    assert ("Measured again, with 7 rounds: planted." in caplog.text) == (len(costs) > 1 or bool(code))


def test_what_needs_more_open_files_could_not_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The guard says so, and what it needs, and does not begin; and that is no pass."""

    def measure(ground: Ground, side: Side, number: int) -> Values:
        raise AssertionError(f"{ground}, {side}, {number}")

    case = Case("crowd", "crowd", "a unit", measure, ("cpu",), servers=False, connections=10_000)
    monkeypatch.setattr(command, "all_cases", lambda: {"crowd": case})
    monkeypatch.setattr(command, "FLOORS", (Floor("crowd", "cpu", 1.5),))
    monkeypatch.setattr(command, "descriptors", lambda: 4096)
    assert command.main(["--guard", "--peer", "/nowhere", "--folder", str(tmp_path)]) == 1
    assert "crowd could not be measured: see above." in caplog.text
    assert "crowd is left out: it needs 10200 open files, and 4096 are allowed here" in caplog.text
