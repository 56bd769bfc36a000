"""One build's messages on their way out: what the outbox knows of them beside what is on disk. Data only."""

from dataclasses import dataclass, field
from typing import Optional

import trio

from actors.builds.backoff import Backoff
from actors.builds.outside import Delivery
from actors.journal.base import Settlement

PAGE = 16
"""Messages of one build that are in memory at once."""


@dataclass(frozen=True)
class Limits:
    """The bounds of an outbox.

    Attributes:
        waiting: Messages of one build that may wait.
        hours: How old a message may be when a try to deliver it fails; it is given up then.
        refusals: How often a message is tried that the orchestrator says it cannot accept.
        at_once: Tries at once.
        slow_at_once: Tries at once, besides, of those whose last try took long.
        slow_seconds: What is long.
        seconds: The longest that one try may take, should the courier not keep to its own bound.
        spacing: The least between two tries for one build when another build's success makes it try before its time.
        backoff: The waits between tries.
        crowd: Where more builds than this wait for their next try, waits grow in proportion, so that all of them
            together try no more often than this many would.
    """

    waiting: int = 1000
    hours: float = 24.0
    refusals: int = 5
    at_once: int = 48
    slow_at_once: int = 16
    slow_seconds: float = 1.0
    seconds: float = 10.0
    spacing: float = 0.5
    backoff: Backoff = field(default_factory=Backoff)
    crowd: int = 150


@dataclass
class Line:
    """What is known of one build.

    Attributes:
        id: The build.
        waiting: Messages that are still to be delivered, as of the last commit.
        slow: The last try took long, or nobody knows.
        news: There may be messages that were not read yet.
        running: A task delivers them.
        scope: That task's.
        failures: Tries that failed in a row.
        refusals: How often the oldest message was refused.
        stumbles: How often in a row it was not the orchestrator that failed.
        trouble: Why the last try failed; empty when it did not.
        tried: When the last try began, on trio's clock.
        hurried: It was hurried once since it last succeeded.
        hurry: Ends the wait for the next try.
        left: The number and the outcome of a message that waits for nothing but the record of it.
    """

    id: str
    waiting: int = 0
    slow: bool = False
    news: bool = False
    running: bool = False
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    failures: int = 0
    refusals: int = 0
    stumbles: int = 0
    trouble: str = ""
    tried: float = 0.0
    hurried: bool = False
    hurry: trio.Event = field(default_factory=trio.Event)
    left: Optional[tuple[int, Settlement]] = None

    def succeed(self) -> None:
        """Take in that a message was taken."""
        self.failures = 0
        self.trouble = ""
        self.hurried = False

    def fail(self, delivery: Delivery) -> None:
        """Take in that a try failed."""
        self.failures += 1
        self.trouble = delivery.problem
        self.refusals += delivery.refused

    def stumble(self, problem: str) -> None:
        """Take in that something in this process failed."""
        self.news = True  # so that the next read finds what this one may have missed
        self.stumbles += 1
        self.trouble = problem
