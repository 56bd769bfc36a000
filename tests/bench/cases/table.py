"""The table of what is measured: a new piece of work is one module, and one line here."""

from tests.bench.cases import accepting, downloads, fanout, lines, parts, requests, restarting, uploads
from tests.bench.cases.base import Case


def all_cases() -> dict[str, Case]:
    """Each piece of work by its name, in the order in which they are measured."""
    return {
        case.name: case
        for case in (
            *requests.cases(),
            *uploads.cases(),
            *fanout.cases(),
            *lines.cases(),
            *downloads.cases(),
            *accepting.cases(),
            *parts.cases(),
            *restarting.cases(),
        )
    }
