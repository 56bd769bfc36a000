"""What a check is, and what it finds: pure, over what a scenario has seen."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

SeenT = TypeVar("SeenT")


class Outcome(Enum):
    """What came of a check."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_TESTED = "not tested"
    YES = "extra: yes"
    NO = "extra: no"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        outcome: Whether it holds.
        seen: What was seen where it fails, or why it was not tested.
        expected: What was expected where it fails.
    """

    outcome: Outcome
    seen: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Check(Generic[SeenT]):
    """One thing that the contract says.

    Attributes:
        id: A stable word for programs.
        title: One line for people.
        sentence: What the contract says, in its words.
        judge: Finds out; must not wait, nor change anything.
    """

    id: str
    title: str
    sentence: str
    judge: Callable[[SeenT], Finding]


@dataclass(frozen=True)
class Result:
    """A check with its finding.

    Attributes:
        group: The title of the scenario.
        id: Of the check.
        title: Of the check.
        sentence: Of the contract.
        finding: What was found.
    """

    group: str
    id: str
    title: str
    sentence: str
    finding: Finding

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return self.finding.outcome

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {
            "group": self.group,
            "id": self.id,
            "title": self.title,
            "contract": self.sentence,
            "result": self.outcome.value,
            "seen": self.finding.seen,
            "expected": self.finding.expected,
        }


HOLDS = Finding(Outcome.HOLDS)


def fails(seen: object, expected: object) -> Finding:
    """Return the finding that it does not hold.

    Args:
        seen: What was seen.
        expected: What should have been.
    """
    return Finding(Outcome.FAILS, str(seen), str(expected))


def not_tested(why: str) -> Finding:
    """Return the finding that nothing can be said.

    Args:
        why: What was missing.
    """
    return Finding(Outcome.NOT_TESTED, why)


def extra(there: bool) -> Finding:
    """Return the finding about something that no agent has to have."""
    return Finding(Outcome.YES if there else Outcome.NO)


def check(condition: bool, seen: object, expected: object) -> Finding:
    """Return that it holds, or what was seen and expected."""
    return HOLDS if condition else fails(seen, expected)
