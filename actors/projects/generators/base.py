"""The words of a project's generator: what it is ordered to do, what it may use, and what it says meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
        continues: Whether it goes on with the prompt of the run before, which did not get to its end.
        usage: What all runs of the project have used so far, as in its snapshot.
        budget: What a person set for this project: `turns`, `tokens`, `cost_usd`, `seconds`; may be empty.
    """

    project: str
    name: str
    prompt: str
    earlier: tuple[str, ...]
    run: int
    attempt: int
    session: Path
    app: Path
    continues: bool = False
    usage: Mapping[str, Any] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """The generator says something, as an assistant does: the event `assistant_message`.

    Attributes:
        text: For people; a piece of it when it is told while it is written.
        message: Which message of the run it belongs to: pieces of the same one are put together.
        last: Whether the message is complete with it.
    """

    text: str
    message: int = 0
    last: bool = True


@dataclass(frozen=True)
class Usage:
    """What was used since the last time that this was told: differences, not sums.

    Attributes:
        input_tokens: Read by the model, but for those of `cached_tokens`.
        output_tokens: Written by the model.
        cost_usd: What they cost. Less than nothing takes back a part of what was estimated before.
        model: Which one; None when none was asked.
        turns: How often the model was asked.
        seconds: For how long.
        cached_tokens: Read by the model from what it had been told before, or kept for later.
    """

    input_tokens: int
    output_tokens: int
    cost_usd: float
    model: Optional[str]
    turns: int = 0
    seconds: float = 0.0
    cached_tokens: int = 0


@dataclass(frozen=True)
class Retry:
    """Something outside did not do what was asked, and is asked again: the event `retry`.

    Attributes:
        attempt: Which one this is, from 1.
        most: How many there are.
        delay_s: After how many seconds; None when that is not known.
        problem: What went wrong, for people.
    """

    attempt: int
    most: int
    delay_s: Optional[float]
    problem: str


Report = Union[Progress, Log, Said, Usage, Retry]
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
            GeneratorPaused: It stops here until a person has it go on; what was made is kept.
        """
