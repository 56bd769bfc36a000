"""Tells the errors that only say that a client has left: they are nobody's fault, and there is nobody to answer."""

import sys
from collections.abc import Iterator

from quart import wrappers

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

# Newer versions of Quart raise it where an answer finds its client gone; older ones end quietly.
_LEFT = getattr(wrappers, "ClientDisconnectedError", None)


def has_left(error: BaseException) -> bool:
    """Whether an error, or each one of a group, says that the client has left."""
    return _LEFT is not None and all(isinstance(leaf, _LEFT) for leaf in leaves(error))


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Return an error, or each one that a group has, however deep."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error
