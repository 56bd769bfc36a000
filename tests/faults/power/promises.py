"""What a server has promised, each with the moment when its client knew."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Union


@dataclass(frozen=True)
class Accepted:
    """A job, a build or a project was accepted."""

    id: str


@dataclass(frozen=True)
class Asked:
    """A job or a project is asked to be removed: from its request on, it may be gone."""

    id: str


@dataclass(frozen=True)
class Gone:
    """The removal was answered: from here on, it is gone."""

    id: str


@dataclass(frozen=True)
class Kept:
    """A photo of an open upload is there."""

    upload: str
    number: int


@dataclass(frozen=True)
class Prompted:
    """A project's run was accepted, with what it is asked for."""

    id: str
    run: int
    prompt: str


@dataclass(frozen=True)
class Versioned:
    """A project has a version."""

    id: str
    version: str


@dataclass(frozen=True)
class Rearranged:
    """A command was answered that removes or moves.

    Attributes:
        id: The project.
        gone: What is no longer in its app, as a path.
        there: Where that is instead; None where it was removed.
        asked: When the command was asked for: from then on it may be as before or as after.
    """

    id: str
    gone: str
    there: Optional[str]
    asked: float


@dataclass(frozen=True)
class Told:
    """An event was seen."""

    id: str
    event: dict[str, Any]


Promise = Union[Accepted, Asked, Gone, Kept, Prompted, Versioned, Rearranged, Told]


@dataclass
class Promises:
    """What was promised, and when its client knew: seconds since 1970."""

    made: list[tuple[float, Promise]] = field(default_factory=list)

    def add(self, promise: Promise) -> None:
        """Note one that was made by now."""
        self.made.append((time.time(), promise))

    def until(self, moment: float) -> list[Promise]:
        """Those that were made before a moment."""
        return [promise for made, promise in self.made if made < moment]


def wanted_ids(promises: Sequence[Promise]) -> set[str]:
    """The jobs, builds and projects that have to be there: accepted, and not asked to be removed."""
    asked = {promise.id for promise in promises if isinstance(promise, Asked)}
    return {promise.id for promise in promises if isinstance(promise, Accepted)} - asked


def gone_ids(promises: Sequence[Promise]) -> set[str]:
    """Those that must not come back."""
    return {promise.id for promise in promises if isinstance(promise, Gone)}


def is_job(run: str) -> bool:
    """Whether an id is that of a job."""
    return re.match(r"job-", run) is not None


def is_project(run: str) -> bool:
    """Whether an id is that of a project; one that is neither's is a build's."""
    return re.match(r"project-", run) is not None
