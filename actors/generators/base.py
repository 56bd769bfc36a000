"""The words of a generator: what it is asked for, what it reports, and what it made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Union

from actors.runtime.availability import Availability
from actors.runtime.errors import CallboardError

SPECIFY = "specify"
STRUCTURE = "structure"
FRONTEND = "frontend"

STEPS = (SPECIFY, STRUCTURE, FRONTEND)
"""What every generator goes through, in this order."""


@dataclass(frozen=True)
class Brief:
    """What is to be made, and where.

    Attributes:
        prompt: What is wanted, in a person's words.
        name: A name for the app: letters, digits and `-`.
        directory: Where the app goes; it exists and is empty.
        port: The port that the app listens on when nothing else is said.
    """

    prompt: str
    name: str
    directory: Path
    port: int


@dataclass(frozen=True)
class Began:
    """A step has begun.

    Attributes:
        step: One of `STEPS`.
    """

    step: str


@dataclass(frozen=True)
class Told:
    """The generator explains something, as an assistant does.

    Attributes:
        text: For people.
    """

    text: str


@dataclass(frozen=True)
class FileWritten:
    """A file is there, whole.

    Attributes:
        path: Relative to the brief's directory, with `/`.
        size: In bytes.
    """

    path: str
    size: int


Event = Union[Began, Told, FileWritten]
"""What a generator reports while it works."""

Tell = Callable[[Event], Awaitable[None]]
"""How it reports; may wait while whoever listens is behind."""


@dataclass(frozen=True)
class Generated:
    """What a generator made.

    Attributes:
        directory: The app: `npm install`, then `npm start`.
        facts: JSON facts for people: title, number of files, cost and so on.
    """

    directory: Path
    facts: Mapping[str, Any] = field(default_factory=dict)


class GeneratorFailed(CallboardError):
    """The app cannot be made: a result, not a crash.

    Args:
        problem: What failed and why.
        code: A stable word for programs, such as `write_failed`.
        hint: What to do next.
    """

    def __init__(self, problem: str, *, code: str, hint: str = "") -> None:
        super().__init__(problem, hint=hint)
        self.code = code


class GeneratorPaused(CallboardError):
    """The generator stops before it is done, and goes on when a person says so: a result, not a crash.

    Args:
        problem: What it stopped for, such as a budget that is used up.
        code: A stable word for programs, such as `budget_reached`.
        hint: How to have it go on.
    """

    def __init__(self, problem: str, *, code: str, hint: str = "") -> None:
        super().__init__(problem, hint=hint)
        self.code = code


class Generator(Protocol):
    """A way to make an app from a prompt, whoever asks for it: a build or a project."""

    @property
    def name(self) -> str:
        """The word that requests and settings name it by."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def resumable(self) -> bool:
        """Whether it may be run again by itself after the server died under it; not when each run costs money."""

    def availability(self) -> Availability:
        """Whether it can run here, without running it."""

    async def generate(self, brief: Brief, tell: Tell) -> Generated:
        """Make the app.

        Raises:
            GeneratorFailed: It cannot be made.
        """
