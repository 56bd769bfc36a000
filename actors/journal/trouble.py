"""What SQLite says when something is wrong, as an error that a person can act on."""

import sqlite3

from actors.runtime.errors import Busy, CallboardError, StorageFailed, StorageFull


class JournalDamaged(StorageFailed):
    """The journal's file is not what was written. From then on it is not written to any more.

    Args:
        problem: What was found, a sentence without its end.
        hint: What to do.
    """

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(f"The journal is damaged: {problem}.", hint=hint)
        self.found = problem


class JournalLocked(Busy):
    """Another program has locked the journal: nothing was written, and the same may succeed in a moment."""


_FULL = ("full",)
_DAMAGED = ("malformed", "not a database")
_LOCKED = ("locked",)
_BROKEN = ("disk i/o error", "unable to open", "readonly")
"""Words of SQLite where the disk, or its permissions, do not let it work; Python tells its codes only from 3.11 on."""


def failure(error: sqlite3.Error) -> CallboardError:
    """Say what an error of SQLite's means to a person."""
    text = str(error)
    said = text.lower()
    if any(word in said for word in _FULL):
        return StorageFull("The disk is full: the journal cannot be written.", hint="Free some space, then try again.")
    if any(word in said for word in _DAMAGED):
        return JournalDamaged(
            text,
            hint="Stop the server, then see `callboard doctor`: it says which copy there is to go on from.",
        )
    if any(word in said for word in _LOCKED):
        return JournalLocked(
            "The journal is locked by another program.",
            hint="Try again in a moment; if it stays, end what has it open, such as `sqlite3`.",
        )
    if any(word in said for word in _BROKEN):
        return StorageFailed(
            f"The journal cannot be used: {text}.",
            hint="The disk, or the permissions of the data directory, do not let it: see `callboard doctor`.",
        )
    return StorageFailed(f"The journal cannot be used: {text}.", hint="See the server's log.")
