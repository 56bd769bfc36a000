"""The figures of docs/discussion/speed.md are those of the run that is kept, and of what is measured."""

import json
import re

from tests.bench.cases.table import all_cases
from tests.bench.figures import Result, table
from tests.house.project import ROOT

PAGE = (ROOT / "docs" / "discussion" / "speed.md").read_text(encoding="utf-8")
RUN = json.loads((ROOT / "tests" / "bench" / "measured.json").read_text(encoding="utf-8"))


def rows() -> list[str]:
    """Those of the main table."""
    _, _, rest = PAGE.partition("| work | figure | Callboard | beside |")
    return rest.split("\n\n")[0].splitlines()[2:]


def test_the_table_is_that_of_the_run() -> None:
    """As `./run bench --from tests/bench/measured.json --page` prints it, with its conditions."""
    results = [Result.of(found) for found in RUN["results"]]
    assert rows() == table(results, page=True).splitlines()[2:]
    assert RUN["conditions"] in PAGE


def test_nothing_was_measured_less_than_five_times() -> None:
    """On any side."""
    for result in RUN["results"]:
        assert all(len(rounds) >= 5 for rounds in result["rounds"].values()), result["case"]


def test_each_case_was_measured() -> None:
    """But for those that take long, of which the page has tables of their own."""
    slow = {name for name, case in all_cases().items() if case.slow}
    assert {result["case"] for result in RUN["results"]} == set(all_cases()) - slow


def test_no_table_has_a_row_twice() -> None:
    """Of one case, figure and side."""
    named = re.findall(r"^\| ([a-z]+-?[^|]*\| [^|]+) \| [^|]+ (\| [^|]+) \|.*/.*/.*\|$", PAGE, re.MULTILINE)
    assert len(set(named)) == len(named)
