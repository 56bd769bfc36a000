"""What the agent of the tests knows of a build."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import trio


@dataclass
class Build:
    """One build.

    Attributes:
        request: What was asked for.
        outbox: What was said and is not delivered.
        failing: Whether the last delivery failed.
        done: Set when everything is delivered.
        scope: Cancels it.
    """

    request: Mapping[str, Any]
    outbox: list[dict[str, Any]] = field(default_factory=list)
    failing: bool = False
    done: trio.Event = field(default_factory=trio.Event)
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    changed: trio.Event = field(default_factory=trio.Event)
    held: bool = False
    pause_s: float = 0
    ended: bool = False
    late: list[dict[str, Any]] = field(default_factory=list)

    def change(self) -> None:
        """Wake those who wait."""
        self.changed.set()
        self.changed = trio.Event()
