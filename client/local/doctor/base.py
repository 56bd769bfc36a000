"""What a check says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["ok", "note", "problem"]
"""All is well; it could be better, and the server works; or something does not work."""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        check: What was looked at.
        state: How it is.
        found: What was found, for people.
        hint: What to do; empty where nothing has to be done.
    """

    check: str
    state: State
    found: str
    hint: str = ""

    def as_json(self) -> Mapping[str, Any]:
        """Return it for programs."""
        return {"check": self.check, "state": self.state, "found": self.found, "hint": self.hint}


def ok(check: str, found: str) -> Finding:
    """Say that something is well."""
    return Finding(check, "ok", found)


def note(check: str, found: str, hint: str = "") -> Finding:
    """Say that something could be better."""
    return Finding(check, "note", found, hint)


def problem(check: str, found: str, hint: str) -> Finding:
    """Say that something does not work."""
    return Finding(check, "problem", found, hint)
