"""The words of a project's generator: what it is ordered to do, what it may use, and what it says meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Protocol, Union

from actors.processes.sandbox.confinement import Level
from actors.projects.tools.base import Tool
from actors.projects.tools.results import ToolResult
from actors.runs.reports import Log, Progress
from actors.runtime.availability import Availability


@dataclass(frozen=True)
class Order:
    """One run: the first prompt of a project, or a follow-up.

    Attributes:
        project: The project's id.
        name: What the project is called.
        prompt: What is wanted, in a person's words.
        earlier: The prompts before this one, the oldest first.
        run: Which run of the project this is, from 1.
        attempt: Which attempt of this run, from 1: more than 1 after the server died under it.
        session: A directory for what the generator wants to remember between runs; not shown in the app.
        app: The app's directory. It is changed through tools only.
    """

    project: str
    name: str
    prompt: str
    earlier: tuple[str, ...]
    run: int
    attempt: int
    session: Path
    app: Path


@dataclass(frozen=True)
class Said:
    """The generator says something, as an assistant does: the event `assistant_message`.

    Attributes:
        text: For people.
    """

    text: str


@dataclass(frozen=True)
class Usage:
    """What was used since the last time that this was told: differences, not sums.

    Attributes:
        input_tokens: Read by the model.
        output_tokens: Written by the model.
        cost_usd: What they cost.
        model: Which one; None when none was asked.
    """

    input_tokens: int
    output_tokens: int
    cost_usd: float
    model: Optional[str]


Report = Union[Progress, Log, Said, Usage]
"""What a generator reports while it works."""

Tell = Callable[[Report], None]
"""How it reports: synchronous, and never blocks."""


class Toolbox(Protocol):
    """The one way in which a generator does anything to its project."""

    @property
    def tools(self) -> Mapping[str, Tool[Any]]:
        """The tools by their names."""

    async def call(self, name: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use a tool. Its events are published and a version of what it changed is kept.

        What cannot be done is a result that says so, not an error.

        Args:
            name: One of `tools`.
            parameters: What its schema describes.
        """


class ProjectGenerator(Protocol):
    """A way to make an app and to change it."""

    @property
    def name(self) -> str:
        """The word that requests and settings name it by."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def resumable(self) -> bool:
        """Whether a run may be repeated by itself after the server died under it; not when each costs money."""

    @property
    def needs(self) -> Level:
        """The lowest level of the sandbox that it works with."""

    def availability(self) -> Availability:
        """Whether it can run here, without running it."""

    async def generate(self, order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        """Carry out one run, and give JSON facts about it: title, kind, starter, model, cost_usd and so on.

        Raises:
            GeneratorFailed: It cannot be done: a result, not a crash.
        """
