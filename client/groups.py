"""Exception groups of one, unwrapped where a person or a caller expects the error itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup


@contextmanager
def single_error() -> Iterator[None]:
    """Raise the only error of an exception group in the group's place.

    A nursery wraps what leaves it. Where there is one error there is nothing that the group would add; a group of
    several goes on as it is.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        only = _only_error(group)
        if only is group:
            raise
        raise only from only.__cause__


def _only_error(error: BaseException) -> BaseException:
    """Return the innermost error of groups that hold one each, or the group that holds several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
