"""What ends a torture: something that was promised did not hold."""

from collections.abc import Iterable

from client.errors import ClientError
from client.exits import Exit

_SHOWN = 8


class Violation(ClientError):
    """A promise was broken."""

    exit_code = Exit.JOB_FAILED


def demand(problems: Iterable[str]) -> None:
    """Go on only if there are no problems.

    Raises:
        Violation: There are.
    """
    found = list(problems)
    if found:
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise Violation("; ".join(found[:_SHOWN]) + more)
