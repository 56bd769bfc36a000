"""The rows of docs/discussion/speed.md are of what is measured: cases, figures and sides that there are."""

import re

from tests.bench.cases.table import all_cases
from tests.house.project import ROOT


def test_each_row_is_of_a_case_that_tells_it() -> None:
    """In the main table, which `./run bench --from FILE --page` prints anew."""
    text = (ROOT / "docs" / "discussion" / "speed.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("| work | figure | Callboard | beside |")
    rows = [line.strip("| ").split(" | ") for line in rest.split("\n\n")[0].splitlines()[2:]]
    known = all_cases()
    assert len(rows) > 60
    for work, figure, _, side, *_ in rows:
        case = known[work.partition(",")[0]]
        assert figure in case.tells, work
        assert side in case.sides[1:] or not side, work
        assert work in {case.name, f"{case.name}, {case.unit}"}


def test_the_table_has_no_row_twice() -> None:
    """Of one case, figure and side."""
    text = (ROOT / "docs" / "discussion" / "speed.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| ([a-z]+-?[^|]*\| [^|]+) \| [^|]+ (\| [^|]+) \|.*/.*/.*\|$", text, re.MULTILINE)
    assert len(set(named)) == len(named)
