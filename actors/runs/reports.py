"""What a run tells while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional, Union


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        stage: What it is doing, a word or two in snake case.
        fraction: Of the whole run, 0 to 1.
        done: Steps of this stage that are done, when it counts them.
        total: Steps of this stage, when it counts them.
    """

    stage: str
    fraction: float
    done: Optional[int] = None
    total: Optional[int] = None


@dataclass(frozen=True)
class Log:
    """One line for the person who watches.

    Attributes:
        level: debug, info, warning or error.
        message: The line.
    """

    level: str
    message: str


Report = Callable[[Union[Progress, Log]], None]
"""How what works tells what happens: synchronous, and never blocks."""
