"""What becomes of the figures of rounds: ratios, percentiles, and the table."""

import json
from dataclasses import replace

import pytest

from tests.bench.figures import Result, Values, percentile, ratio, shown, table


def result(**sides: "list[Values]") -> Result:
    """A result of two rounds."""
    return Result("health-1", "GET /health", "a request", ("cpu", "peak"), dict(sides))


ROUNDS: "dict[str, list[Values]]" = {
    "callboard": [{"cpu": 2e-4, "peak": 1 << 20}, {"cpu": 1e-4, "peak": 1 << 20}],
    "peer": [{"cpu": 4e-4, "peak": 3 << 20}, {"cpu": 3e-4, "peak": 3 << 20}],
}


def test_ratios_are_of_rounds_that_were_measured_together() -> None:
    """The peer's by ours, round by round: not the one median by the other."""
    assert result(**ROUNDS).ratios("peer", "cpu") == pytest.approx([2.0, 3.0])


def test_a_ratio_has_the_least_the_median_and_the_most() -> None:
    """Of an odd number and of an even one."""
    assert str(ratio([3.0, 1.0, 2.5])) == "1.00 / 2.50 / 3.00"
    assert ratio([1.0, 2.0]).median == 1.5


@pytest.mark.parametrize(("percent", "expected"), [(0, 1.0), (50, 51.0), (99, 100.0), (100, 100.0)])
def test_percentiles(percent: float, expected: float) -> None:
    """Of 1 to 100, in whatever order."""
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == expected


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        *(("cpu", 1.5, "1.5 s"), ("cpu", 0.0123, "12.3 ms"), ("p99", 4.2e-5, "42 us"), ("cpu", 7e-7, "700 ns")),
        *(("peak", 80 << 20, "80 MiB"), ("memory", 4400, "4.3 KiB"), ("growth", 12, "12 B")),
        *(("cpu", 1e-12, "0.001 ns"), ("wall, times", 1.04, "1.04 times")),
    ],
)
def test_figures_have_units(name: str, value: float, text: str) -> None:
    """Bytes where it is memory, times where it is a ratio, else seconds."""
    assert shown(name, value) == text


def test_the_table_has_no_figure_without_its_ratio() -> None:
    """Where there is somebody to compare with."""
    lines = table([result(**ROUNDS)]).splitlines()
    assert lines[2:] == [
        "| health-1, a request | cpu | 150 us | peer | 350 us | 2.00 / 2.50 / 3.00 |",
        "| health-1, a request | peak | 1 MiB | peer | 3 MiB | 3.00 / 3.00 / 3.00 |",
    ]


def test_what_nobody_else_does_stands_alone() -> None:
    """As a start with much in the journal."""
    lines = table([result(callboard=ROUNDS["callboard"])]).splitlines()
    assert lines[2] == "| health-1, a request | cpu | 150 us | | | |"


def test_the_page_tells_fewer_figures() -> None:
    """Processor time, for most; and the unit is not said in each row of those that the text speaks of."""
    lines = table([result(**ROUNDS), replace(result(**ROUNDS), case="stalled", unit="a delivered event")], page=True)
    assert lines.splitlines()[2:] == [
        "| health-1, a request | cpu | 150 us | peer | 350 us | 2.00 / 2.50 / 3.00 |",
        "| stalled | cpu | 150 us | peer | 350 us | 2.00 / 2.50 / 3.00 |",
    ]


def test_a_result_comes_back_from_its_json() -> None:
    """As it was."""
    one = replace(result(**ROUNDS), size=100)
    assert Result.of(json.loads(json.dumps(one.as_json()))) == one


def test_the_json_has_every_round() -> None:
    """And the ratios."""
    found = json.loads(json.dumps(result(**ROUNDS).as_json()))
    assert found["rounds"]["peer"][1] == {"cpu": 3e-4, "peak": 3 << 20}
    assert found["ratios"]["peer"]["cpu"] == pytest.approx({"least": 2.0, "median": 2.5, "most": 3.0})
