"""What an engine is: the strategy that turns the photos of one job into a model.

A new engine is one module (or folder) that follows `Engine`, and one line in the table of `engines/table.py`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from actors.runs.reports import Log, Progress, Report
from actors.runs.work import RunFailed
from actors.runtime.availability import Availability

__all__ = ["Availability", "Engine", "EngineFailed", "Image", "Job", "Log", "Output", "Progress", "Report"]


@dataclass(frozen=True)
class Image:
    """One accepted photo.

    Attributes:
        path: The file, in the job's own directory, under a name that the server chose.
        name: The name that the client gave, for people to read; never used as a path.
        size: Bytes.
        media_type: As found by decoding the file, not as claimed by the client.
        width: Pixels.
        height: Pixels.
    """

    path: Path
    name: str
    size: int
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Job:
    """What an engine is given.

    Attributes:
        id: The job's id.
        images: The photos, in the order in which they came.
        parameters: An instance of the engine's own `parameters` model.
        workdir: A directory of this attempt alone, empty at the start; everything the engine writes goes here.
        attempt: 1 for the first.
    """

    id: str
    images: tuple[Image, ...]
    parameters: BaseModel
    workdir: Path
    attempt: int


@dataclass(frozen=True)
class Output:
    """What an engine made.

    Attributes:
        model: The `.glb`, inside the job's workdir, complete.
        metadata: JSON facts about it: `triangles`, `simulated`, `photos_registered` and what else the engine knows.
    """

    model: Path
    metadata: dict[str, Any] = field(default_factory=dict)


class EngineFailed(RunFailed):
    """The engine ran and could not make a model: a result of the job, not a crash."""


class Engine(Protocol):
    """A way to make a model from photos."""

    @property
    def name(self) -> str:
        """The word that a request names it by."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def parameters(self) -> type[BaseModel]:
        """The pydantic model of its parameters, with bounds and defaults."""

    @property
    def min_images(self) -> int:
        """The fewest photos that it can make a model of."""

    def availability(self) -> Availability:
        """Whether it can run here, without running it."""

    async def run(self, job: Job, report: Report) -> Output:
        """Make the model.

        Raises:
            EngineFailed: It cannot be made from these photos, within these limits.
        """
