"""Whether something that a server offers can run on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Availability:
    """Whether an engine, a pipeline or a generator can run on this machine.

    Attributes:
        available: True when it can.
        reason: Why it cannot.
        hint: What to do about it.
    """

    available: bool
    reason: str = ""
    hint: str = ""
