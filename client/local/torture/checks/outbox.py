"""What a build said to the orchestrator: all, in order, and again only what may not have been taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Arrival:
    """A message that came to the orchestrator.

    Attributes:
        message: What tells it from others.
        life: Which server sent it, counted from 1.
        taken: Whether it was answered with a 2xx, in time.
    """

    message: bytes
    life: int
    taken: bool


def misdelivered(
    run: str, told: Sequence[bytes], arrivals: Sequence[Arrival], *, complete: bool = False
) -> Optional[str]:
    """Find what is wrong with what came.

    Args:
        run: The build.
        told: Its messages, as its events have them, in order.
        arrivals: All that came, in order.
        complete: Whether all has to have come.

    Returns:
        The first thing; None when all is well.
    """
    at = 0
    before: Optional[Arrival] = None
    for number, arrival in enumerate(arrivals, start=1):
        again = before is not None and arrival.message == before.message
        if before is not None and again and not (at < len(told) and told[at] == arrival.message and before.taken):
            if before.taken and before.life == arrival.life:
                return (
                    f"{run}: message {at} came again, as arrival {number}, although its server knew that it was taken"
                )
        elif at >= len(told):
            return f"{run}: arrival {number} is a message that its events do not have: they have {len(told)}"
        elif arrival.message != told[at]:
            where = _place(told, arrival.message)
            return f"{run}: arrival {number} is {where}, and message {at + 1} was to come"
        elif before is not None and not before.taken:
            return f"{run}: message {at + 1} came, and message {at} had not been taken"
        else:
            at += 1
        before = arrival
    open_ended = at < len(told) or (before is not None and not before.taken)
    if complete and open_ended:
        last = "taken" if before is not None and before.taken else "not taken"
        return f"{run}: {at} of its {len(told)} messages came, and the last of these was {last}"
    return None


def _place(told: Sequence[bytes], message: bytes) -> str:
    """Name a message by its number."""
    return f"message {told.index(message) + 1}" if message in told else "a message that its events do not have"
