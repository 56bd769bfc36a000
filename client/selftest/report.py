"""What the kit found, for people: a line a check, grouped, with what was seen where something fails."""

from itertools import groupby

from client.selftest.checks import Outcome, Result
from client.selftest.kit import Report

_SIGNS = {
    Outcome.HOLDS: ("\u2713", "ok  "),
    Outcome.FAILS: ("\u2717", "FAIL"),
    Outcome.NOT_TESTED: ("\u2013", "--  "),
    Outcome.YES: ("+", "+   "),
    Outcome.NO: ("-", "-   "),
}
_NOTES = {Outcome.YES: "extra: yes", Outcome.NO: "extra: no"}


def can_show(encoding: str) -> bool:
    """Return whether an encoding has the signs.

    Args:
        encoding: Of standard output.
    """
    try:
        "".join(pretty for pretty, _ in _SIGNS.values()).encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def line(result: Result, *, signs: bool) -> str:
    """Return a result in one line.

    Args:
        result: Of a check.
        signs: Whether to use signs that are not ASCII.
    """
    finding = result.finding
    note = f"not tested: {finding.seen}" if result.outcome is Outcome.NOT_TESTED else _NOTES.get(result.outcome, "")
    sign = _SIGNS[result.outcome][0 if signs else 1]
    return f"  {sign} {result.title} [{result.id}]" + (f" ({note})" if note else "")


def details(result: Result) -> list[str]:
    """Return what is to be said about a check that fails."""
    if result.outcome is not Outcome.FAILS:
        return []
    finding = result.finding
    return [
        f"      contract: {result.sentence}",
        f"      seen:     {finding.seen}",
        f"      expected: {finding.expected}",
    ]


def groups(report: Report) -> list[tuple[str, list[Result]]]:
    """Return the results by the titles of their scenarios."""
    return [(title, list(items)) for title, items in groupby(report.results, key=lambda result: result.group)]


def summary(report: Report) -> str:
    """Return the last line."""
    counts = {outcome: len(report.ids(outcome)) for outcome in Outcome}
    verdict = "the agent conforms" if report.conforms else "the agent does not conform"
    return (
        f"{verdict}: {counts[Outcome.HOLDS]} hold, {counts[Outcome.FAILS]} fail, "
        f"{counts[Outcome.NOT_TESTED]} not tested; extras: {counts[Outcome.YES]} of "
        f"{counts[Outcome.YES] + counts[Outcome.NO]}"
    )
