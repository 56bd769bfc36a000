"""One go at running a dev server: from a start that was asked for to the end of what came of it."""

from dataclasses import dataclass, field
from typing import Optional

import trio

from actors.runtime.errors import CallboardError


@dataclass
class Attempt:
    """What those who wait for a dev server share.

    Attributes:
        scope: Cancelled to end it.
        settled: Set as soon as it answers or is known not to; a new one after a crash that is followed by a restart.
        ended: Set when nothing of it is left.
        hurry: Set by who does not want to wait for the next start after a crash.
        stopped: Why it was ended, when somebody ended it.
        problem: Why it could not be started at all.
    """

    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    settled: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    hurry: trio.Event = field(default_factory=trio.Event)
    stopped: Optional[str] = None
    problem: Optional[CallboardError] = None

    def stop(self, reason: str) -> None:
        """Begin to end it; the first reason counts."""
        if self.stopped is None:
            self.stopped = reason
        self.scope.cancel()

    def unsettle(self) -> None:
        """Say that it is again not known whether it will answer."""
        if self.settled.is_set():
            self.settled = trio.Event()
        self.hurry = trio.Event()
