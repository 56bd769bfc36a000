"""The errors that people see, each with what failed and what to do next.

The tree is small on purpose: the boundary maps each class to one HTTP status (`app/errors.py`), and nothing below the
boundary knows HTTP.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with one part of a request.

    Attributes:
        field: Where: a form field, a parameter or a file's name.
        problem: What is wrong with it, and what would be right.
    """

    field: str
    problem: str


class CallboardError(Exception):
    """Something failed in a way that a person can read and act on.

    Args:
        problem: What failed and why, one sentence.
        hint: What to do next, one sentence; that of the class when it is not given.
        errors: The parts of the request that are wrong, when it was the request.
    """

    usual_hint: ClassVar[str] = ""

    def __init__(self, problem: str, *, hint: str = "", errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint or self.usual_hint
        self.errors = errors


class InvalidInput(CallboardError):
    """The request was understood, and something in it cannot be accepted."""


class UnsupportedBody(InvalidInput):
    """The body is not of a kind that this request takes."""


class TooLarge(InvalidInput):
    """The request is over a limit of size or count."""


class NotFound(CallboardError):
    """No actor, engine or file goes by that name."""


class Conflict(CallboardError):
    """The request does not fit the state that its target is in."""


class Busy(CallboardError):
    """A bound was reached; the same request may succeed later."""

    usual_hint = "Try again in a moment."


class Draining(Busy):
    """The server is about to stop, and takes nothing on any more; what it has goes on, or waits for its next start."""

    usual_hint = "Send it again in a few seconds, when the server has started again."

    def __init__(self, problem: str = "The server is about to stop, and takes no new work: it is draining.") -> None:
        super().__init__(problem)


class MailboxFull(Busy):
    """An actor's mailbox has no room: `tell` does not wait."""


class ActorStopped(Busy):
    """The actor ended before it answered."""

    usual_hint = "Look whether it was done, then try again."


class StorageFull(CallboardError):
    """The disk, or the part of it that this server may use, is full."""


class StorageFailed(CallboardError):
    """The journal could not be read or written."""


class RestartIntensityExceeded(CallboardError):
    """A child failed more often than its supervisor may restart it: the failure goes up the tree."""
