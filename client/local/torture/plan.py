"""What is left to chance: how each server lives and ends. The same seed gives the same choices. Pure."""

import random
from dataclasses import dataclass
from enum import Enum


class Ending(str, Enum):
    """How a server is ended."""

    KILL = "SIGKILL"
    KILL_WITH_REAPERS = "SIGKILL of it and its reapers"
    KILL_AT_START = "SIGKILL while it starts"
    KILL_AT_STOP = "SIGKILL while it stops"


WEIGHTS = {Ending.KILL: 14, Ending.KILL_WITH_REAPERS: 2, Ending.KILL_AT_START: 2, Ending.KILL_AT_STOP: 2}

LONGEST_START_S = 1.5
"""Seconds after which a server is killed at most that is to be killed while it starts."""

LONGEST_STOP_S = 0.6
"""The same for one that is to be killed while it stops."""

PIPELINES = {"template": 2, "app_factory": 1}


@dataclass(frozen=True)
class Life:
    """One server, from its start to its end.

    Attributes:
        number: Counted from 1.
        ending: How it is ended.
        moment: Seconds that it is used; where it is killed while it starts, seconds after that.
        stopping: Seconds between SIGTERM and SIGKILL, where it is killed while it stops.
        pipeline: What makes the apps of builds.
        bare: Whether what the pipeline starts has an empty environment, besides a session of its own.
        seed: What everybody who uses it decides by.
    """

    number: int
    ending: Ending
    moment: float
    stopping: float
    pipeline: str
    bare: bool
    seed: str


def choose(seed: int, number: int, longest: float) -> Life:
    """Decide on one life.

    Args:
        seed: Of the whole torture.
        number: Of the life, from 1.
        longest: Seconds that a server is used at most.
    """
    chance = chance_of(f"{seed}/{number}")
    ending = chance.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
    most = LONGEST_START_S if ending is Ending.KILL_AT_START else longest
    # Rather late than early: some things, such as the check of the first photo, take their time.
    moment = max(chance.uniform(0, most), chance.uniform(0, most))
    stopping = chance.uniform(0, LONGEST_STOP_S)
    pipeline = chance.choices(list(PIPELINES), weights=list(PIPELINES.values()))[0]
    # Without an environment and without its reaper, a process is nobody's: docs/reference says so.
    bare = chance.random() < 0.5 and ending is not Ending.KILL_WITH_REAPERS
    return Life(number, ending, moment, stopping, pipeline, bare, f"{seed}/{number}")


def chance_of(seed: str) -> random.Random:
    """Return what decides for somebody."""
    return random.Random(seed)  # noqa: S311 - scenery, not a secret


_SPEEDS = (0, 0, 0.02, 0.1, 0.3)


def job_parameters(chance: random.Random) -> dict[str, object]:
    """Choose what a job is to be like."""
    fails = {"fail_at": 0.5} if chance.random() < 0.1 else {}
    steps, speed = chance.choice((5, 20, 60)), chance.choice(_SPEEDS)
    return {"seed": chance.randint(0, 99), "steps": steps, "speed": speed, "detail": 0, **fails}
