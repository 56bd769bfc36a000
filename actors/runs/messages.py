"""What a run's actor is told."""

from dataclasses import dataclass

from actors.runtime.mailbox import Reply


@dataclass(frozen=True)
class Cancel:
    """End the run; answered when it has ended."""

    reply: "Reply[None]"
    reason: str = "Cancelled on request."
