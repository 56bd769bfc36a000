"""The one place where an error becomes an HTTP status.

The tree of errors (`actors/runtime/errors.py`) knows no HTTP, and no route picks a status. What is not in the tree is a
bug: it is answered with an id that is also in the log, and with nothing of what is inside.
"""

import errno
import logging
import secrets
from typing import Final

from actors.runtime.errors import (
    ActorStopped,
    Busy,
    CallboardError,
    Conflict,
    Draining,
    InvalidInput,
    MailboxFull,
    NotFound,
    RestartIntensityExceeded,
    StorageFailed,
    StorageFull,
    TooLarge,
    UnsupportedBody,
)
from actors.runtime.threads import wants_thread
from app.leaving import leaves
from app.problems import Problem

logger = logging.getLogger(__name__)


class Gone(CallboardError):
    """What was asked for was there until a moment that was said, and that moment has passed."""


class RequestTimeout(CallboardError):
    """The client stopped sending in the middle of its request."""


STATUS_OF: Final[dict[type[CallboardError], int]] = {
    CallboardError: 500,
    InvalidInput: 422,
    UnsupportedBody: 415,
    TooLarge: 413,
    RequestTimeout: 408,
    NotFound: 404,
    Gone: 410,
    Conflict: 409,
    Busy: 503,
    Draining: 503,
    MailboxFull: 503,
    ActorStopped: 503,
    RestartIntensityExceeded: 503,
    StorageFull: 507,
    StorageFailed: 500,
}
"""Each class of the tree, and what it is answered with; a class that is not listed goes by its nearest ancestor."""

_NO_FILE: Final = frozenset({errno.EMFILE, errno.ENFILE})

_RETRY_AFTER: Final = {503: "2", 507: "60"}
_RETRY_DRAINED: Final = "10"
"""Seconds in which a server that drains has mostly stopped, and the next one listens."""


def status_of(error: CallboardError) -> int:
    """The HTTP status of an error: that of its own class, or of the nearest ancestor that has one."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def problem_of(error: CallboardError) -> Problem:
    """What to answer for an error that was foreseen."""
    status = status_of(error)
    seconds = _RETRY_DRAINED if isinstance(error, Draining) else _RETRY_AFTER.get(status)
    extra = () if seconds is None else (("retry-after", seconds),)
    return Problem(status, error.problem, error.hint, error.errors, extra)


def problem_of_bug(error: BaseException) -> Problem:
    """What to answer for an error that nobody foresaw; the log gets the traceback, under the same id.

    Memory, threads and open files can be short at any line: that is no bug of the line that finds out.
    """
    short = next(filter(None, map(_shortage, leaves(error))), "")
    if short:
        logger.error("%s for a request", short, exc_info=error)
        return problem_of(Busy(f"The server has {short} for this now.", hint="Try again in a moment."))
    incident = secrets.token_hex(6)
    logger.error("unhandled error, incident %s", incident, exc_info=error)
    return Problem(
        500,
        f"The server failed to answer this request (incident {incident}).",
        f"Look for incident {incident} in the server's log, and report it with the lines around it.",
    )


def _shortage(error: BaseException) -> str:
    """Say what an error shows to be short on this machine; empty where it shows something else."""
    if isinstance(error, MemoryError):
        return "too little memory"
    if wants_thread(error):
        return "no thread left"
    return "too many open files" if isinstance(error, OSError) and error.errno in _NO_FILE else ""


def problem_of_any(error: Exception) -> Problem:
    """What to answer for any error at all."""
    return problem_of(error) if isinstance(error, CallboardError) else problem_of_bug(error)
